//! What programs ask the run time, as builtins of the machine: the table of them.
//!
//! An operand that is a regular expression comes in two forms: as a text, and, in the handlers
//! whose names say so, as the number of a constant one.

mod output;
mod search;
mod streams;
mod values;

use fusevm::semantics::Dialect;
use fusevm::value::Object;
use fusevm::vm::BuiltinHandler;
use fusevm::{VM, Value};

use self::output::redirection;
use self::search::{find, generate, matches, replace, replace_in_record, split_pattern};
use self::streams::getline;
use self::values::sort;
use super::arrays::{Kept, fill_in_order, keys};
use super::procinfo::TIME_FORMAT;
use super::sort::Order;
use super::special::Special;
use super::streams::SourceKind;
use super::substitute::Which;
use super::text::number_of;
use super::typed::{RegexValue, Truth, Unassigned};
use super::{Outcome, Runtime, bits, bytes, dynamic};

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
    MatchRecord => search::match_record;
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
    Split => search::split;
    /// `split`: text, array, number of the expression, and an array for the separators.
    SplitConstant => search::split_constant;
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
    Fold => values::fold;
    /// `typeof`: value, what it is when it was never assigned, and an array for more about it.
    Typeof => values::type_of;
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
    Strtonum => values::strtonum;
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
    Close => streams::close;
    /// Closes what the program prints to, at its end.
    CloseOutputs => |runtime, vm, _| {
        runtime.streams.close_outputs(vm)?;
        Ok(Value::Undef)
    };
    /// Hands on what was written, to one stream or to all: 0, or -1.
    Fflush => streams::flush;
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
