//! `printf` and `sprintf`: which argument goes to which conversion, and as what.

use fusevm::value::number;
use fusevm::{VM, Value};

use super::text::text_of;
use super::{Outcome, limit, too_large};
use fusevm::semantics::printf::{Conversion, Directive, Field, FormatError, Spec, directives};

pub(super) fn printf(vm: &mut VM, arguments: &[Value]) -> Outcome {
    let text = formatted(vm, arguments)?;
    vm.write_output(&text);
    Ok(Value::Int(text.len() as i64))
}

pub(super) fn sprintf(vm: &mut VM, arguments: &[Value]) -> Outcome {
    Ok(Value::bytes(formatted(vm, arguments)?))
}

/// The text that the first argument, a format, makes of the others. Arguments that it has no use
/// for are ignored.
fn formatted(vm: &mut VM, arguments: &[Value]) -> Result<Vec<u8>, String> {
    let limit = limit(vm);
    let format = text_of(vm, &arguments[0])?;
    let mut values = Arguments {
        values: arguments[1..].iter(),
        taken: 0,
    };
    let mut out = Vec::new();
    for directive in directives(format.as_bytes()) {
        match directive.map_err(|error| error.to_string())? {
            Directive::Literal(text) => out.extend_from_slice(text),
            Directive::Conversion(mut spec) => {
                values.fill_in(&mut spec)?;
                convert(vm, &spec, values.next(&spec)?, &mut out)?;
            }
        }
        // One conversion appends no more than an argument or a field of bounded width.
        if out.len() > limit {
            return Err(too_large(vm, limit));
        }
    }
    Ok(out)
}

struct Arguments<'a> {
    values: std::slice::Iter<'a, Value>,
    taken: usize,
}

impl<'a> Arguments<'a> {
    fn next(&mut self, spec: &Spec) -> Result<&'a Value, String> {
        self.taken += 1;
        self.values.next().ok_or_else(|| {
            let letter = spec.letter.escape_ascii();
            format!("no value for %{letter}, which takes number {}", self.taken)
        })
    }

    /// Takes the values for a width and a precision that are given as `*`.
    fn fill_in(&mut self, spec: &mut Spec) -> Result<(), String> {
        let message = |error: FormatError| error.to_string();
        if spec.width == Field::Argument {
            spec.set_width(to_int(self.next(spec)?)).map_err(message)?;
        }
        if spec.precision == Field::Argument {
            let precision = to_int(self.next(spec)?);
            spec.set_precision(precision).map_err(message)?;
        }
        Ok(())
    }
}

fn convert(vm: &VM, spec: &Spec, value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match spec.conversion {
        Conversion::Signed | Conversion::Unsigned | Conversion::Octal | Conversion::Hex { .. } => {
            spec.write_int(to_int(value), out);
        }
        Conversion::Fixed { .. }
        | Conversion::Exponent { .. }
        | Conversion::Shortest { .. }
        | Conversion::Bits { .. } => {
            spec.write_float(value.to_float(), out);
        }
        Conversion::Text => spec.write_text(text_of(vm, value)?.as_bytes(), out),
        Conversion::Char => match value {
            Value::Str(_) | Value::Bytes(_) => {
                let text = text_of(vm, value)?;
                let first = text.as_bytes().get(..1).unwrap_or_default();
                spec.write_text(first, out);
            }
            // As in C, the lowest 8 bits.
            number => spec.write_byte(to_int(number) as u8, out),
        },
    }
    Ok(())
}

/// As `Value::to_int`, but a text may also be a number with a fraction or an exponent, which is
/// cut.
fn to_int(value: &Value) -> i64 {
    match value {
        Value::Str(text) => number::parse_int(text.as_bytes())
            .unwrap_or_else(|| Value::Float(value.to_float()).to_int()),
        other => other.to_int(),
    }
}
