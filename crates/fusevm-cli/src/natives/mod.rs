//! Functions for programs that have no host language behind them: `Call printf 2` reaches one when
//! the program has no function of that name.

mod number;
mod print;
mod text;

use std::ops::RangeInclusive;

use fusevm::vm::{BuiltinHandler, Math};
use fusevm::{VM, Value};

/// What a native gives: its result, or what is wrong with its use.
type Outcome = Result<Value, String>;

/// A native, as it is documented and called.
pub struct Native {
    /// The name that programs call it by.
    pub name: &'static str,
    /// The parameters as people write them, `[x]` for one that can be left out.
    pub parameters: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    handler: BuiltinHandler,
}

/// Makes the table of natives. Each row gives the handler that the machine calls: it takes the
/// arguments off the stack, checks their number, and turns a refusal into an error of the run.
macro_rules! natives {
    ($($name:literal $parameters:literal $arity:expr => $function:path: $doc:literal;)*) => {
        /// All natives, in the order of their documentation.
        pub const NATIVES: &[Native] = &[$(Native {
            name: $name,
            parameters: $parameters,
            doc: $doc,
            handler: |vm, argc| call(vm, argc, $name, $parameters, $arity, $function),
        }),*];
    };
}

natives! {
    "printf" "format, values..." 1..=255 => print::printf:
        "Writes the values as the format says, like C's printf. Gives the number of bytes.";
    "sprintf" "format, values..." 1..=255 => print::sprintf:
        "Gives what printf would write.";
    "substr" "text, start, [count]" 2..=3 => text::substr:
        "At most count bytes of the text, from byte start on; without count, all of them.";
    "ord" "text, [index]" 1..=2 => text::ord:
        "The byte at an index (0 if left out) as a number; Undef behind the end.";
    "chr" "byte" 1..=1 => text::chr:
        "The text of the one byte of this number, 0 to 255.";
    "split" "text, separator" 2..=2 => text::split:
        "The parts between separators, as an array; \"\" separates at runs of white space.";
    "join" "array, separator" 2..=2 => text::join:
        "The texts of the elements, with the separator between them.";
    "lower" "text" 1..=1 => text::lower:
        "The text with ASCII letters in lower case.";
    "upper" "text" 1..=1 => text::upper:
        "The text with ASCII letters in upper case.";
    "find" "text, part, [start]" 2..=3 => text::find:
        "The index of the first byte of part in the text, at or behind start; -1 if there is none.";
    "floor" "number" 1..=1 => number::floor:
        "The greatest integer that is not above the number; a Float if it does not fit an Int.";
    "sqrt" "number" 1..=1 => number::sqrt:
        "The square root, a Float.";
    "defined" "value" 1..=1 => defined:
        "Whether the value is not Undef, which ReadLine gives at the end of the input.";
    "clock" "" 0..=0 => number::clock:
        "Seconds since the program was started, a Float.";
    "exit" "[status]" 0..=1 => exit:
        "Ends the program; fusevm exits with the status (0 if left out), 0 to 255.";
}

/// Makes all natives callable by the programs of `vm`.
pub fn install(vm: &mut VM) {
    number::start_clock();
    for native in NATIVES {
        vm.register_named_builtin(native.name, native.handler);
    }
    // Of this one native code need not call the handler.
    vm.register_math("sqrt", Math::Sqrt);
}

fn call(
    vm: &mut VM,
    argc: u8,
    name: &str,
    parameters: &str,
    arity: RangeInclusive<u8>,
    function: fn(&mut VM, &[Value]) -> Outcome,
) -> Value {
    let mut arguments: Vec<Value> = (0..argc).map(|_| vm.pop()).collect();
    arguments.reverse();
    let outcome = if arity.contains(&argc) {
        function(vm, &arguments)
    } else {
        Err(format!(
            "called with {argc} arguments, but it is {name}({parameters})"
        ))
    };
    outcome.unwrap_or_else(|message| {
        vm.raise(format!("{name}: {message}"));
        Value::Undef
    })
}

/// The bytes that one value may have. A text grows by doubling and is copied at the end, so a third
/// of what is left can be one.
fn limit(vm: &VM) -> usize {
    vm.limits().value_bytes.min(vm.memory_left() / 3)
}

/// The result would be longer than [`limit`].
fn too_large(vm: &mut VM, limit: usize) -> String {
    if limit < vm.limits().value_bytes {
        // The machine's own error says what is short, and is the one that counts.
        vm.request_memory(vm.limits().value_bytes);
    }
    format!("the result would be longer than {limit} bytes")
}

fn defined(_: &mut VM, arguments: &[Value]) -> Outcome {
    Ok(Value::Bool(!matches!(arguments[0], Value::Undef)))
}

fn exit(vm: &mut VM, arguments: &[Value]) -> Outcome {
    let status = arguments.first().map_or(0, Value::to_int);
    vm.last_status = u8::try_from(status)
        .map_err(|_| format!("the status must be 0 to 255, not {status}"))?
        .into();
    vm.request_halt();
    Ok(Value::Undef)
}

#[cfg(test)]
mod tests;
