//! What programs ask the run time, as builtins of the machine.
//!
//! An operand that is a regular expression comes in two forms: as a text, and, in the handlers
//! whose names say so, as the number of a constant one.

use fusevm::semantics::Dialect;
use fusevm::semantics::dialect::awk::{self, input_number};
use fusevm::value::Object;
use fusevm::vm::BuiltinHandler;
use fusevm::{VM, Value};

use super::arrays::{
    Kept, fill, fill_groups, fill_in_order, fill_parts, fill_separators, keys, sorted_values,
};
use super::procinfo::TIME_FORMAT;
use super::sort::{Order, fold};
use super::special::{SUBSEP, Special};
use super::split::{count_characters, matching, split_regex};
use super::streams::{Closed, End, SourceKind};
use super::substitute::{Replacement, Which, substitute};
use super::text::{Style, number_of, push_text};
use super::typed::{RegexValue, Truth, Unassigned};
use super::{Outcome, Runtime, Splitting, bits, bytes, dynamic};
use crate::syntax::ast::Redirect;

/// Makes the table of handlers. A program knows them by their number.
macro_rules! handlers {
    ($($(#[doc = $doc:literal])* $name:ident => $function:expr;)*) => {
        /// A builtin of the run time.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Handler { $($(#[doc = $doc])* $name,)* }

        impl Handler {
            const ALL: &[(&'static str, BuiltinHandler)] = &[
                $((stringify!($name), |vm, argc| answer(vm, argc, $function)),)*
            ];
        }
    };
}

handlers! {
    /// A line is executed: its number, and whether the program comes back to it.
    Line => |runtime, _, args| {
        if let ([line, is_new], Some(profile)) = (args, &mut runtime.profile) {
            profile.enter(line.to_int() as u32, is_new.is_truthy());
        }
        Ok(Value::Undef)
    };
    /// Reads the next record: whether there was one.
    NextRecord => |runtime, vm, _| Ok(Value::Bool(runtime.next_main_record(vm, None)?));
    /// Reads records that no rule looks at: what was [`Sought`], which is never found.
    PassRecords => |runtime, vm, _| Ok(Value::Int(runtime.pass_records(vm, None)? as i64));
    /// Reads records up to one that matches the constant expression of that number: what was
    /// [`Sought`].
    NextMatch => |runtime, vm, args| {
        let number = args.first().map_or(-1, Value::to_int);
        Ok(Value::Int(runtime.pass_records(vm, Some(number))? as i64))
    };
    /// Reads the next record, unless a file begins or ends first: which [`Event`] there was.
    NextEvent => |runtime, vm, _| Ok(Value::Int(runtime.next_event(vm, None)? as i64));
    /// As `NextEvent`; leaves the record below the result.
    NextEventInto => |runtime, vm, _| {
        let mut text = Vec::new();
        let event = runtime.next_event(vm, Some(&mut text))?;
        vm.push(Value::from_input(&text));
        Ok(Value::Int(event as i64))
    };
    /// The error of a call of what is no function: its name.
    NotAFunction => |runtime, _, args| {
        let name = args.first().map(|name| runtime.bytes_of(name));
        let name = name.unwrap_or_default();
        let name = String::from_utf8_lossy(&name);
        Err(format!("`{name}` is not a function, so it cannot be called indirectly"))
    };
    /// A variable that may be an array, and its name: the array, which it becomes if it is nothing.
    Array => |_, vm, args| dynamic::array(vm, args);
    /// A variable that may be an array, and its name: its value, if it is none.
    Scalar => |_, vm, args| dynamic::scalar(vm, args);
    /// A variable that may be an array: what is passed on where a function may make it one.
    Reference => |_, vm, args| dynamic::reference(vm, args);
    /// Array, key: the element, which may be an array.
    Element => |runtime, vm, args| dynamic::element(runtime, vm, args);
    /// Array, key: the element, as `Reference` has it.
    ElementReference => |runtime, vm, args| dynamic::element_reference(runtime, vm, args);
    /// Array, key, value: assigns to the element, which may be an array.
    SetElement => |runtime, vm, args| dynamic::set_element(runtime, vm, args);
    /// Whether a value is an array.
    IsArray => |_, vm, args| {
        let is_array = args.first().is_some_and(|value| dynamic::is_array(vm, value));
        Ok(Value::Int(is_array.into()))
    };
    /// The variable of a name.
    Symbol => |runtime, vm, args| runtime.symbol(vm, args);
    /// The variable of a name, which is an array.
    ArraySymbol => Runtime::array_symbol;
    /// Assigns to the variable of a name: value, name.
    SetSymbol => Runtime::set_symbol;
    /// All variables, in a new array.
    Symbols => |runtime, vm, _| runtime.symbols(vm);
    /// Leaves the rest of the present file.
    NextFile => |runtime, _, _| {
        runtime.input.skip_file();
        Ok(Value::Undef)
    };
    /// `next` in a function that no rule has called.
    MisplacedNext => |_, _, _| Err("`next' cannot be called from a `BEGIN' or `END' rule".to_owned());
    /// Assigns to a variable that the run time has to know: value, number of the variable.
    SetSpecial => |runtime, vm, args| {
        let [value, special] = args else { return Ok(Value::Undef) };
        if let Some(special) = Special::numbered(special.to_int()) {
            runtime.set_special(vm, special, value)?;
        }
        Ok(Value::Undef)
    };
    /// In the rules of a worker: passes on what is added to a sum, if the order does not matter.
    Addend => |runtime, _, args| {
        let [value] = args else { return Ok(Value::Undef) };
        runtime.addend(value)?;
        Ok(value.clone())
    };
    /// Prints the values, or the record if there are none.
    Print => |runtime, vm, args| {
        runtime.print(args)?;
        runtime.output_line(vm)
    };
    /// Prints the fields of these numbers.
    PrintFields => |runtime, vm, args| {
        runtime.print_fields(args)?;
        runtime.output_line(vm)
    };
    /// As `Print`, with the name of a stream and how to open it behind the values.
    PrintTo => |runtime, vm, args| {
        let (args, name, kind) = redirection(args)?;
        runtime.print(args)?;
        runtime.write_line(vm, kind, name)
    };
    /// Prints the values behind the first as that, the format, says.
    Printf => |runtime, vm, args| {
        runtime.format(vm, args)?;
        runtime.output_line(vm)
    };
    /// As `Printf`, with the name of a stream and how to open it behind the values.
    PrintfTo => |runtime, vm, args| {
        let (args, name, kind) = redirection(args)?;
        runtime.format(vm, args)?;
        runtime.write_line(vm, kind, name)
    };
    /// What `Printf` would print.
    Sprintf => |runtime, vm, args| {
        runtime.format(vm, args)?;
        Ok(Value::bytes(&runtime.line))
    };
    /// Whether the record matches a constant expression.
    MatchRecord => |runtime, _, args| {
        let number = args.first().map_or(-1, Value::to_int);
        let Runtime { record, regexes, ofs, convfmt, .. } = runtime;
        let regex = regexes.constant(number)?;
        Ok(Value::Bool(regex.is_match(record.text(ofs, *convfmt))))
    };
    /// Whether a text matches: text, expression.
    Matches => |runtime, _, args| matches::<false>(runtime, args);
    /// Whether a text matches: text, number of the expression.
    MatchesConstant => |runtime, _, args| matches::<true>(runtime, args);
    /// `match`: text, expression, and an array for the groups. Sets `RSTART` and `RLENGTH`.
    Find => find::<false>;
    /// `match`: text, number of the expression, and an array for the groups.
    FindConstant => find::<true>;
    /// `sub`: text, expression, replacement. Leaves the new text below the count.
    Sub => |runtime, vm, args| replace::<false>(runtime, vm, args, Which::Only(1));
    /// `sub`: text, number of the expression, replacement.
    SubConstant => |runtime, vm, args| replace::<true>(runtime, vm, args, Which::Only(1));
    /// `gsub`: text, expression, replacement. Leaves the new text below the count.
    Gsub => |runtime, vm, args| replace::<false>(runtime, vm, args, Which::All);
    /// `gsub`: text, number of the expression, replacement.
    GsubConstant => |runtime, vm, args| replace::<true>(runtime, vm, args, Which::All);
    /// `sub` in the record: number of the expression, replacement. The count.
    SubRecord => |runtime, vm, args| replace_in_record(runtime, vm, args, Which::Only(1));
    /// `gsub` in the record: number of the expression, replacement. The count.
    GsubRecord => |runtime, vm, args| replace_in_record(runtime, vm, args, Which::All);
    /// `gensub`: text, expression, replacement, which matches. The new text.
    Gensub => generate::<false>;
    /// `gensub`: text, number of the expression, replacement, which matches.
    GensubConstant => generate::<true>;
    /// `split`: text, array, and unless it is `FS` a separator, and an array for the separators.
    Split => |runtime, vm, args| {
        let [text, array, rest @ ..] = args else { return Ok(Value::Int(0)) };
        let text = runtime.bytes_of(text);
        let mut parts = Vec::new();
        match rest.first() {
            Some(separator) => {
                let separator = runtime.bytes_of(separator);
                runtime.regexes.separator(&separator)?.split(&text, &mut parts);
            }
            None if runtime.splitting == Splitting::Fs => {
                runtime.separator.split(&text, &mut parts);
                let unquoted = parts.iter().any(|&(start, end)| {
                    runtime.separator.unquoted(&text[start..end]).is_some()
                });
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
            None => runtime.regexes.separator(&runtime.fs)?.split(&text, &mut parts),
        }
        if let Some(separators) = rest.get(1) {
            fill_separators(vm, separators, &text, &parts, false);
        }
        fill_parts(vm, array, &text, &parts)
    };
    /// `split`: text, array, number of the expression, and an array for the separators.
    SplitConstant => |runtime, vm, args| {
        let [text, array, regex, rest @ ..] = args else { return Ok(Value::Int(0)) };
        let text = runtime.bytes_of(text);
        let mut parts = Vec::new();
        split_regex(runtime.regexes.constant(regex.to_int())?, &text, &mut parts);
        if let Some(separators) = rest.first() {
            fill_separators(vm, separators, &text, &parts, false);
        }
        fill_parts(vm, array, &text, &parts)
    };
    /// `patsplit`: text, array, expression, and an array for what is between the matches.
    Patsplit => split_pattern::<false>;
    /// `patsplit`: text, array, number of the expression, and an array for what is between.
    PatsplitConstant => split_pattern::<true>;
    /// `asort`: array, array for the elements, and an order.
    Asort => |runtime, vm, args| sort(runtime, vm, args, Order::VALUES, Kept::Values);
    /// `asorti`: array, array for the indices, and an order.
    Asorti => |runtime, vm, args| sort(runtime, vm, args, Order::INDICES, Kept::Indices);
    /// `asort` where a function has sorted: array, array for the elements, keys.
    FillValues => |_, vm, args| fill_in_order(vm, args, Kept::Values);
    /// `asorti` where a function has sorted: array, array for the indices, keys.
    FillIndices => |_, vm, args| fill_in_order(vm, args, Kept::Indices);
    /// The order in which `for` goes over arrays, by its name.
    Order => |runtime, vm, _| Ok(runtime.sorted_in(vm).unwrap_or_default());
    /// Whether an order is the name of a function.
    IsFunctionOrder => |runtime, _, args| {
        let name = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
        Ok(Value::Bool(!name.is_empty() && name[0] != b'@'))
    };
    /// The keys of an array as `for` goes over them where the program says in which order.
    Keys => |runtime, vm, args| {
        let [array] = args else { return Ok(Value::Undef) };
        let order = runtime.order(vm)?;
        Ok(keys(vm, array, order, runtime.convfmt, runtime.regexes.flavor.ignore_case))
    };
    /// A value as it is compared where `IGNORECASE` may be set: texts in lower case.
    Fold => |runtime, _, args| {
        let [value] = args else { return Ok(Value::Undef) };
        let text = match value {
            Value::Str(text) if input_number(text).is_none() => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            _ => return Ok(value.clone()),
        };
        if !runtime.regexes.flavor.ignore_case {
            return Ok(value.clone());
        }
        Ok(Value::bytes(fold(text)))
    };
    /// `typeof`: value, what it is when it was never assigned, and an array for more about it.
    Typeof => |_, vm, args| {
        let [value, unassigned, rest @ ..] = args else { return Ok(Value::Undef) };
        let name = match value {
            Value::Undef => unassigned.clone(),
            Value::Handle(_) if dynamic::is_array(vm, value) => Value::str("array"),
            Value::Handle(_) => unassigned.clone(),
            Value::Str(text) if input_number(text).is_some() => Value::str("strnum"),
            Value::Str(_) | Value::Bytes(_) => Value::str("string"),
            Value::Object(object) => Value::str(object.get().type_name()),
            _ => Value::str("number"),
        };
        if let Some(about) = rest.first() {
            describe(vm, about, value);
        }
        Ok(name)
    };
    /// `length` where characters are bytes.
    LengthBytes => |runtime, _, args| {
        let text = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
        Ok(Value::Int(text.len() as i64))
    };
    /// `substr` where characters are bytes: text, start, and a length.
    SubstrBytes => |runtime, _, args| {
        let [text, start, rest @ ..] = args else { return Ok(Value::Undef) };
        let text = runtime.bytes_of(text);
        let (start, end) = bytes::part(text.len(), number_of(start), rest.first().map(number_of));
        Ok(Value::bytes(&text[start..end]))
    };
    /// `index` where characters are bytes: text, part.
    IndexBytes => |runtime, _, args| {
        let [text, part] = args else { return Ok(Value::Undef) };
        let (text, part) = (runtime.bytes_of(text), runtime.bytes_of(part));
        let found = memchr::memmem::find(&text, &part);
        Ok(Value::Int(found.map_or(0, |at| at as i64 + 1)))
    };
    /// `tolower` where characters are bytes.
    LowerBytes => |runtime, _, args| {
        let text = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
        Ok(Value::bytes(text.to_ascii_lowercase()))
    };
    /// `toupper` where characters are bytes.
    UpperBytes => |runtime, _, args| {
        let text = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
        Ok(Value::bytes(text.to_ascii_uppercase()))
    };
    /// A value where the program asks for types: what is nothing is now the value of a variable.
    Assigned => |_, _, args| {
        Ok(match args.first() {
            Some(Value::Undef) | None => Value::Object(Object::new(Unassigned)),
            Some(value) => value.clone(),
        })
    };
    /// A regular expression as a value: its text.
    RegexValue => |runtime, _, args| {
        let text = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Value::Object(Object::new(RegexValue(text))))
    };
    /// `mkbool`: whether a value is true.
    Mkbool => |_, _, args| {
        let truth = args.first().is_some_and(|value| Dialect::Awk.truth(value));
        Ok(Value::Object(Object::new(Truth(truth))))
    };
    /// `and`, `or` and `xor` of any number of values.
    And => |_, _, args| bits::fold("and", args, |a, b| a & b);
    Or => |_, _, args| bits::fold("or", args, |a, b| a | b);
    Xor => |_, _, args| bits::fold("xor", args, |a, b| a ^ b);
    /// `compl`: all bits inverted.
    Compl => |_, _, args| bits::compl(args);
    /// `lshift` and `rshift`: value, count.
    Lshift => |_, _, args| bits::shift("lshift", args, u64::wrapping_shl);
    Rshift => |_, _, args| bits::shift("rshift", args, u64::wrapping_shr);
    /// `strtonum`: a text or number.
    Strtonum => |runtime, _, args| {
        Ok(match args.first() {
            Some(text @ (Value::Str(_) | Value::Bytes(_))) => bits::strtonum(&runtime.bytes_of(text)),
            Some(number) => awk::number(number_of(number)),
            None => Value::Undef,
        })
    };
    /// `strftime`: the format where the program gives none.
    TimeFormat => |runtime, vm, _| {
        let format = runtime.procinfo_element(vm, "strftime");
        Ok(format.unwrap_or_else(|| Value::str(TIME_FORMAT)))
    };
    /// `dcgettext`: the text, for there are no translations.
    Translate => |_, _, args| Ok(args.first().cloned().unwrap_or_default());
    /// `dcngettext`: one of two texts, as the number of things needs.
    TranslatePlural => |_, _, args| {
        let [one, many, count, ..] = args else { return Ok(Value::Undef) };
        let is_one = number_of(count).trunc() == 1.0;
        Ok(if is_one { one.clone() } else { many.clone() })
    };
    /// `bindtextdomain`: the directory where the translations would be: directory, domain.
    BindTextDomain => |runtime, _, args| {
        let directory = runtime.bytes_of(args.first().unwrap_or(&Value::Undef)).into_owned();
        let domain = args.get(1).map(|domain| runtime.bytes_of(domain).into_owned());
        Ok(runtime.bind_text_domain(domain.unwrap_or_default(), directory))
    };
    /// `getline`: 1, or 0 at the end of the input.
    Getline => |runtime, vm, _| Ok(Value::Int(runtime.next_main_record(vm, None)?.into()));
    /// `getline x`: leaves the record below the result.
    GetlineInto => |runtime, vm, _| {
        let mut text = Vec::new();
        let found = runtime.next_main_record(vm, Some(&mut text))?;
        vm.push(Value::from_input(&text));
        Ok(Value::Int(found.into()))
    };
    /// `getline < file`: 1, 0 at the end, -1 when the file cannot be read.
    GetlineFile => |runtime, vm, args| getline(runtime, vm, args, SourceKind::File, None);
    /// `getline x < file`: leaves the record below the result.
    GetlineFileInto => |runtime, vm, args| {
        getline(runtime, vm, args, SourceKind::File, Some(&mut Vec::new()))
    };
    /// `command | getline`
    GetlineCommand => |runtime, vm, args| getline(runtime, vm, args, SourceKind::Command, None);
    /// `command | getline x`: leaves the record below the result.
    GetlineCommandInto => |runtime, vm, args| {
        getline(runtime, vm, args, SourceKind::Command, Some(&mut Vec::new()))
    };
    /// `command |& getline`
    GetlineCoprocess => |runtime, vm, args| {
        getline(runtime, vm, args, SourceKind::Coprocess, None)
    };
    /// `command |& getline x`: leaves the record below the result.
    GetlineCoprocessInto => |runtime, vm, args| {
        getline(runtime, vm, args, SourceKind::Coprocess, Some(&mut Vec::new()))
    };
    /// Closes a file or command: its status, or -1.
    Close => |runtime, vm, args| {
        let name = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
        let closed = match args.get(1).map(|end| runtime.bytes_of(end).to_ascii_lowercase()) {
            None => runtime.streams.close(vm, &name),
            Some(end) if end == b"to" => runtime.streams.close_end(&name, End::To),
            Some(end) if end == b"from" => runtime.streams.close_end(&name, End::From),
            Some(_) => {
                return Err("close: second argument must be `to` or `from`".to_owned());
            }
        };
        Ok(Value::Int(match closed {
            Closed::Unknown => -1,
            Closed::Status(status) => status,
        }))
    };
    /// Closes what the program prints to, at its end.
    CloseOutputs => |runtime, vm, _| {
        runtime.streams.close_outputs(vm)?;
        Ok(Value::Undef)
    };
    /// Hands on what was written, to one stream or to all: 0, or -1.
    Fflush => |runtime, vm, args| {
        let Some(name) = args.first() else {
            runtime.streams.flush(vm)?;
            return Ok(Value::Int(0));
        };
        let name = runtime.bytes_of(name);
        if name.is_empty() {
            runtime.streams.flush(vm)?;
            return Ok(Value::Int(0));
        }
        if runtime.streams.flush_one(vm, &name) {
            return Ok(Value::Int(0));
        }
        let name = String::from_utf8_lossy(&name);
        runtime.warn(
            vm,
            &format!("warning: fflush: `{name}' is not an open file, pipe or co-process"),
        );
        Ok(Value::Int(-1))
    };
    /// Runs a command: its status.
    System => |runtime, vm, args| {
        let command = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
        Ok(Value::Int(runtime.streams.system(vm, &command)?))
    };
}

impl Handler {
    /// The number by which programs call it.
    pub(crate) fn id(self) -> u16 {
        self as u16
    }

    /// Makes all handlers callable.
    pub(crate) fn install(vm: &mut VM) {
        for (id, (_, handler)) in (0..).zip(Self::ALL) {
            vm.register_builtin(id, *handler);
        }
    }

    /// The name of the handler of a number.
    pub(crate) fn name(id: u16) -> Option<&'static str> {
        Self::ALL.get(usize::from(id)).map(|(name, _)| *name)
    }
}

/// Takes the arguments off the stack and turns a refusal into an error of the run.
fn answer(
    vm: &mut VM,
    argc: u8,
    function: impl FnOnce(&mut Runtime, &mut VM, &[Value]) -> Outcome,
) -> Value {
    let outcome = vm.with_awk_host(|runtime: &mut Runtime, vm| {
        if argc == 0 {
            return function(runtime, vm, &[]);
        }
        let mut args = std::mem::take(&mut runtime.args);
        args.extend((0..argc).map(|_| vm.pop()));
        args.reverse();
        let outcome = function(runtime, vm, &args);
        args.clear();
        runtime.args = args;
        outcome
    });
    match outcome {
        Some(Ok(value)) => value,
        Some(Err(message)) => {
            vm.raise(message);
            Value::Undef
        }
        None => {
            vm.raise("the AWK run time is not installed");
            Value::Undef
        }
    }
}

/// The arguments in front of a redirection, the name of the stream, and how to open it.
fn redirection(args: &[Value]) -> Result<(&[Value], &Value, Redirect), String> {
    let [args @ .., name, kind] = args else {
        return Err("no redirection".to_owned());
    };
    let kind = match kind.to_int() {
        0 => Redirect::File,
        1 => Redirect::Append,
        2 => Redirect::Pipe,
        _ => Redirect::Coprocess,
    };
    Ok((args, name, kind))
}

impl Runtime {
    /// Makes the line that `print` prints.
    fn print(&mut self, args: &[Value]) -> Result<(), String> {
        self.line.clear();
        for (number, value) in args.iter().enumerate() {
            if number > 0 {
                self.line.extend_from_slice(&self.ofs);
            }
            self.ofmt.push(&mut self.line, value)?;
        }
        if args.is_empty() {
            let text = self.record.text(&self.ofs, self.convfmt);
            self.line.extend_from_slice(text);
        }
        self.line.extend_from_slice(&self.ors);
        Ok(())
    }

    /// As [`print`](Self::print) of fields, most of which are parts of the record.
    fn print_fields(&mut self, numbers: &[Value]) -> Result<(), String> {
        self.line.clear();
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 {
                self.line.extend_from_slice(&self.ofs);
            }
            let Ok(index @ 1..) = usize::try_from(number.to_int()) else {
                match self.record.fraction() {
                    Some(value) => self.ofmt.push(&mut self.line, value)?,
                    None => {
                        let text = self.record.text(&self.ofs, self.convfmt);
                        self.line.extend_from_slice(text);
                    }
                }
                continue;
            };
            match self.record.part(index, &mut self.separator) {
                Some(text) => self.line.extend_from_slice(text),
                None => {
                    let value = self.record.field(index, &mut self.separator);
                    self.ofmt.push(&mut self.line, &value)?;
                }
            }
        }
        self.line.extend_from_slice(&self.ors);
        Ok(())
    }

    /// Makes the text that `printf` prints.
    fn format(&mut self, vm: &VM, args: &[Value]) -> Result<(), String> {
        self.line.clear();
        let Some((format, args)) = args.split_first() else {
            return Ok(());
        };
        let format = self.bytes_of(format);
        let limit = vm.limits().value_bytes;
        let style = Style {
            convfmt: self.convfmt,
            bytes: self.regexes.flavor.bytes,
        };
        self.formats
            .printf(&mut self.line, &format, args, style, limit)
    }

    fn output_line(&self, vm: &mut VM) -> Outcome {
        vm.write_output(&self.line);
        if self.interactive {
            vm.flush_output();
        }
        Ok(Value::Undef)
    }

    fn write_line(&mut self, vm: &mut VM, kind: Redirect, name: &Value) -> Outcome {
        let name = self.bytes_of(name);
        if name.is_empty() {
            let sign = match kind {
                Redirect::File => ">",
                Redirect::Append => ">>",
                Redirect::Pipe => "|",
                Redirect::Coprocess => "|&",
            };
            return Err(format!(
                "expression for `{sign}` redirection has null string value"
            ));
        }
        match self.streams.write(vm, kind, &name, &self.line) {
            Err(message) if self.is_nonfatal(vm, &name) => self.set_errno(vm, &message),
            written => written?,
        }
        Ok(Value::Undef)
    }

    /// The text of a value.
    pub(super) fn bytes_of<'v>(&self, value: &'v Value) -> std::borrow::Cow<'v, [u8]> {
        match value {
            Value::Str(text) => text.as_bytes().into(),
            Value::Bytes(bytes) => (**bytes).into(),
            other => {
                let mut text = Vec::new();
                push_text(&mut text, other, self.convfmt);
                text.into()
            }
        }
    }
}

/// The expression of an argument: a number, or a text.
fn regex<'r, const CONSTANT: bool>(
    regexes: &'r mut super::regexes::Regexes,
    convfmt: fusevm::semantics::NumberFormat,
    value: &Value,
) -> Result<&'r mut super::regex::Regex, String> {
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

fn matches<const CONSTANT: bool>(runtime: &mut Runtime, args: &[Value]) -> Outcome {
    let [text, expression] = args else {
        return Ok(Value::Bool(false));
    };
    let text = runtime.bytes_of(text);
    let regex = regex::<CONSTANT>(&mut runtime.regexes, runtime.convfmt, expression)?;
    Ok(Value::Bool(regex.is_match(&text)))
}

fn find<const CONSTANT: bool>(runtime: &mut Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
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

fn replace<const CONSTANT: bool>(
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
    let replacement = Replacement::plain(&replacement);
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
fn replace_in_record(runtime: &mut Runtime, vm: &mut VM, args: &[Value], which: Which) -> Outcome {
    let [expression, replacement] = args else {
        return Ok(Value::Int(0));
    };
    let limit = vm.limits().value_bytes;
    let mut new = std::mem::take(&mut runtime.spare);
    let replacement = runtime.bytes_of(replacement);
    let replacement = Replacement::plain(&replacement);
    let regex = runtime.regexes.constant(expression.to_int())?;
    let text = runtime.record.text(&runtime.ofs, runtime.convfmt);
    let count = substitute(regex, text, &replacement, which, limit, &mut new)?;
    if count > 0 {
        runtime.record.exchange(&mut new);
    }
    runtime.spare = new;
    Ok(Value::Int(count))
}

fn generate<const CONSTANT: bool>(runtime: &mut Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
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

fn split_pattern<const CONSTANT: bool>(
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

fn sort(runtime: &mut Runtime, vm: &mut VM, args: &[Value], order: Order, kept: Kept) -> Outcome {
    let [from, to, rest @ ..] = args else {
        return Ok(Value::Int(0));
    };
    let order = match rest.first() {
        Some(name) => Order::named(&runtime.bytes_of(name))?,
        None => order,
    };
    let ignore_case = runtime.regexes.flavor.ignore_case;
    let values = sorted_values(vm, from, order, kept, runtime.convfmt, ignore_case);
    Ok(Value::Int(fill(vm, to, values.into_iter())))
}

/// `getline` from a file or command. What it reads is left below the result, if it is not the
/// record.
fn getline(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
    kind: SourceKind,
    mut into: Option<&mut Vec<u8>>,
) -> Outcome {
    let name = runtime.bytes_of(args.first().unwrap_or(&Value::Undef));
    if name.is_empty() {
        let sign = match kind {
            SourceKind::File => "<",
            SourceKind::Command => "|",
            SourceKind::Coprocess => "|&",
        };
        return Err(format!(
            "expression for `{sign}` redirection has null string value"
        ));
    }
    runtime.streams.check_open()?;
    let found = runtime.next_record_of(vm, &name, kind, into.as_deref_mut());
    if let Some(text) = into {
        vm.push(Value::from_input(text));
    }
    let status = match found {
        Ok(found) => i64::from(found),
        Err(message) => {
            runtime.set_errno(vm, &message);
            -1
        }
    };
    Ok(Value::Int(status))
}

/// The second argument of `typeof`: tells of an array how it is kept.
fn describe(vm: &mut VM, about: &Value, value: &Value) {
    let is_array = dynamic::is_array(vm, value);
    let Value::Handle(handle) = about else {
        return;
    };
    if let Some(hash) = vm.heap_hash_mut(*handle) {
        hash.clear();
        if is_array {
            hash.insert("array_type", Value::str("hash"));
        }
    }
}

/// A value that says how many fields there are to be.
pub(super) fn field_count(value: &Value) -> i64 {
    number_of(value) as i64
}
