//! Regular expressions: what matches, what takes its place, and what is between.

use fusevm::semantics::NumberFormat;
use fusevm::{VM, Value};

use super::super::arrays::{fill, fill_groups, fill_parts, fill_separators};
use super::super::regex::Regex;
use super::super::regexes::Regexes;
use super::super::special::SUBSEP;
use super::super::split::{count_characters, matching, split_regex};
use super::super::substitute::{Replacement, Which, substitute};
use super::super::text::{number_of, push_text};
use super::super::{Outcome, Runtime, Splitting};

/// The expression of an argument: a number, or a text.
fn regex<'r, const CONSTANT: bool>(
    regexes: &'r mut Regexes,
    convfmt: NumberFormat,
    value: &Value,
) -> Result<&'r mut Regex, String> {
    if CONSTANT {
        return regexes.constant(value.to_int());
    }
    match value {
        Value::Str(text) => regexes.dynamic(text.as_bytes()),
        other => {
            let mut text = Vec::new();
            push_text(&mut text, other, convfmt);
            regexes.dynamic(&text)
        }
    }
}

pub(super) fn matches<const CONSTANT: bool>(runtime: &mut Runtime, args: &[Value]) -> Outcome {
    let [text, expression] = args else {
        return Ok(Value::Bool(false));
    };
    let text = runtime.bytes_of(text);
    let regex = regex::<CONSTANT>(&mut runtime.regexes, runtime.convfmt, expression)?;
    Ok(Value::Bool(regex.is_match(&text)))
}

pub(super) fn find<const CONSTANT: bool>(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
) -> Outcome {
    let [text, expression, rest @ ..] = args else {
        return Ok(Value::Int(0));
    };
    let text = runtime.bytes_of(text);
    let bytes = runtime.regexes.flavor.bytes;
    let regex = regex::<CONSTANT>(&mut runtime.regexes, runtime.convfmt, expression)?;
    let found = regex.find(&text, 0);
    if let Some(array) = rest.first() {
        let groups = match found {
            Some(found) => regex.groups(&text, found)?,
            None => Vec::new(),
        };
        let subsep = match runtime.globals.subsep {
            Some(subsep) => vm.globals()[usize::from(subsep)].clone(),
            None => Value::str(SUBSEP),
        };
        let subsep = runtime.bytes_of(&subsep);
        fill_groups(vm, array, &text, &groups, &subsep, bytes);
    }
    let (start, length) = match found {
        Some((start, end)) => (
            count_characters(&text[..start], bytes) as i64 + 1,
            count_characters(&text[start..end], bytes) as i64,
        ),
        None => (0, -1),
    };
    for (variable, value) in [
        (runtime.globals.rstart, start),
        (runtime.globals.rlength, length),
    ] {
        if let Some(variable) = variable {
            vm.set_global(variable, Value::Int(value));
        }
    }
    Ok(Value::Int(start))
}

pub(super) fn replace<const CONSTANT: bool>(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
    which: Which,
) -> Outcome {
    let [text, expression, replacement] = args else {
        return Ok(Value::Int(0));
    };
    let text = runtime.bytes_of(text);
    let replacement = runtime.bytes_of(replacement);
    let regex = regex::<CONSTANT>(&mut runtime.regexes, runtime.convfmt, expression)?;
    let limit = vm.limits().value_bytes;
    let replacement = Replacement::plain(&replacement, runtime.compiled.language.standard);
    let mut new = Vec::new();
    let count = substitute(regex, &text, &replacement, which, limit, &mut new)?;
    vm.push(if count == 0 {
        Value::Undef
    } else {
        Value::bytes(new)
    });
    Ok(Value::Int(count))
}

/// As [`replace`] in `$0`, whose new text takes the place of the old one without becoming a value.
pub(super) fn replace_in_record(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
    which: Which,
) -> Outcome {
    let [expression, replacement] = args else {
        return Ok(Value::Int(0));
    };
    let limit = vm.limits().value_bytes;
    let mut new = std::mem::take(&mut runtime.spare);
    let replacement = runtime.bytes_of(replacement);
    let replacement = Replacement::plain(&replacement, runtime.compiled.language.standard);
    let regex = runtime.regexes.constant(expression.to_int())?;
    let text = runtime.record.text(&runtime.ofs, runtime.convfmt);
    let count = substitute(regex, text, &replacement, which, limit, &mut new)?;
    if count > 0 {
        runtime.record.exchange(&mut new);
    }
    runtime.spare = new;
    Ok(Value::Int(count))
}

pub(super) fn generate<const CONSTANT: bool>(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
) -> Outcome {
    let [text, expression, replacement, which] = args else {
        return Ok(Value::Undef);
    };
    let text = runtime.bytes_of(text);
    let replacement = runtime.bytes_of(replacement);
    let which = match (runtime.bytes_of(which), number_of(which) as i64) {
        (how, _) if matches!(how.first(), Some(b'g' | b'G')) => Which::All,
        (_, number @ 1..) => Which::Only(number),
        (how, _) => {
            let how = String::from_utf8_lossy(&how);
            runtime.warn(
                vm,
                &format!("warning: gensub: third argument `{how}' treated as 1"),
            );
            Which::Only(1)
        }
    };
    let regex = regex::<CONSTANT>(&mut runtime.regexes, runtime.convfmt, expression)?;
    let limit = vm.limits().value_bytes;
    let replacement = Replacement::with_groups(&replacement);
    let mut new = Vec::new();
    let count = substitute(regex, &text, &replacement, which, limit, &mut new)?;
    Ok(Value::bytes(if count == 0 { &*text } else { &*new }))
}

pub(super) fn split_pattern<const CONSTANT: bool>(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
) -> Outcome {
    let [text, array, expression, rest @ ..] = args else {
        return Ok(Value::Int(0));
    };
    let text = runtime.bytes_of(text);
    let regex = regex::<CONSTANT>(&mut runtime.regexes, runtime.convfmt, expression)?;
    let parts = matching(regex, &text);
    if let Some(separators) = rest.first() {
        fill_separators(vm, separators, &text, &parts, true);
    }
    fill_parts(vm, array, &text, &parts)
}

pub(super) fn match_record(runtime: &mut Runtime, _: &mut VM, args: &[Value]) -> Outcome {
    let number = args.first().map_or(-1, Value::to_int);
    let Runtime {
        record,
        regexes,
        ofs,
        convfmt,
        ..
    } = runtime;
    let regex = regexes.constant(number)?;
    Ok(Value::Bool(regex.is_match(record.text(ofs, *convfmt))))
}

pub(super) fn split(runtime: &mut Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let [text, array, rest @ ..] = args else {
        return Ok(Value::Int(0));
    };
    let text = runtime.bytes_of(text);
    let mut parts = Vec::new();
    match rest.first() {
        Some(separator) => {
            let separator = runtime.bytes_of(separator);
            runtime
                .regexes
                .separator(&separator)?
                .split(&text, &mut parts);
        }
        None if runtime.splitting == Splitting::Fs => {
            runtime.separator.split(&text, &mut parts);
            let unquoted = parts
                .iter()
                .any(|&(start, end)| runtime.separator.unquoted(&text[start..end]).is_some());
            if unquoted {
                let field = |&(start, end): &(usize, usize)| {
                    let field = &text[start..end];
                    match runtime.separator.unquoted(field) {
                        Some(field) => Value::from_input(&field),
                        None => Value::from_input(field),
                    }
                };
                let values: Vec<Value> = parts.iter().map(field).collect();
                return Ok(Value::Int(fill(vm, array, values.into_iter())));
            }
        }
        None => runtime
            .regexes
            .separator(&runtime.fs)?
            .split(&text, &mut parts),
    }
    if let Some(separators) = rest.get(1) {
        fill_separators(vm, separators, &text, &parts, false);
    }
    fill_parts(vm, array, &text, &parts)
}

pub(super) fn split_constant(runtime: &mut Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let [text, array, regex, rest @ ..] = args else {
        return Ok(Value::Int(0));
    };
    let text = runtime.bytes_of(text);
    let mut parts = Vec::new();
    split_regex(runtime.regexes.constant(regex.to_int())?, &text, &mut parts);
    if let Some(separators) = rest.first() {
        fill_separators(vm, separators, &text, &parts, false);
    }
    fill_parts(vm, array, &text, &parts)
}
