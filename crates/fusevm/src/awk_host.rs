//! What an AWK front end provides to its programs: the record, fields, arrays, input and output.
//!
//! The machine runs the AWK operations. What needs no state it computes itself: text, numbers,
//! bits, dates, random numbers. For everything else it asks the host that
//! [`VM::set_awk_host`](crate::VM::set_awk_host) installed; a host may also replace what the
//! machine computes, except random numbers, whose seed is the machine's.
//!
//! The functions here are what the machine computes, for hosts that want a part of it. They use
//! the default rules for numbers and texts of at most 1 GiB, beyond which they act as if there
//! was no result: 0, empty text.

use std::any::Any;
use std::cmp::Ordering;
use std::fmt::Debug;

use crate::semantics::{Context, Dialect, Fault, Numeric, Resources, Watch, awk};
use crate::value::Value;

/// What `sub` and `gsub` change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwkLvalue {
    /// A scalar variable, by its name.
    Var(String),
    /// A field of the record; 0 is the record.
    Field(i64),
    /// An element of an array: the array's name and the key.
    ArrayElem(String, String),
}

/// The host of AWK programs.
///
/// Every method has a default: what the machine does without a host. Values arrive as the
/// program has them, text that is not valid UTF-8 included; only names, formats and what
/// `getline` reads from come as `str`, with `U+FFFD` for what is not valid.
///
/// ```
/// use fusevm::{AwkHost, ChunkBuilder, Op, VM, VMResult, Value};
///
/// struct Fields(Vec<String>);
///
/// impl AwkHost for Fields {
///     fn field_get(&mut self, i: i64) -> Value {
///         let field = usize::try_from(i - 1).ok().and_then(|i| self.0.get(i));
///         field.map_or(Value::str(""), Value::str)
///     }
///
///     fn nf(&mut self) -> i64 {
///         self.0.len() as i64
///     }
/// }
///
/// // $NF
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::AwkNf, 1);
/// builder.emit(Op::AwkFieldGet, 1);
///
/// let mut vm = VM::new(builder.build());
/// vm.set_awk_host(Box::new(Fields(vec!["a".into(), "b".into()])));
/// assert!(matches!(vm.run(), VMResult::Ok(value) if value == Value::str("b")));
/// ```
///
/// A host is asked while the machine runs and does not get it. What needs both is a builtin that
/// calls [`VM::with_awk_host`](crate::VM::with_awk_host).
pub trait AwkHost: Any + Send {
    /// Why the last answer is none: asked after each operation, and if there is a fault the run
    /// ends with it.
    fn take_fault(&mut self) -> Option<Fault> {
        None
    }

    /// Whether the host is asked for what the machine can compute itself: text, numbers, bits and
    /// dates. The defaults of those methods know no machine and use the default rules, so a front
    /// end with a dialect of its own that replaces none of them says no.
    fn computes(&self) -> bool {
        true
    }

    /// A run begins: what asks it to stop. A host whose calls can take long keeps a copy, asks
    /// [`Watch::is_over`] from time to time, and returns early if so; the run then ends before the
    /// next block of code. The default keeps nothing.
    fn set_watch(&mut self, watch: &Watch) {
        let _ = watch;
    }

    /// Field `i` of the record, the whole record for 0; empty text behind the last one.
    fn field_get(&mut self, i: i64) -> Value {
        let _ = i;
        empty()
    }

    /// The number of characters of field `i`, if the host knows it without making a value of the
    /// field; asking changes nothing. Only hosts that do not [compute](Self::computes) are asked.
    fn field_length(&mut self, i: i64) -> Option<i64> {
        let _ = i;
        None
    }

    /// Sets field `i`. A field behind the last one lengthens the record; setting 0 splits again.
    fn field_set(&mut self, i: i64, v: Value) {
        let _ = (i, v);
    }

    /// The number of fields.
    fn nf(&mut self) -> i64 {
        0
    }

    /// Replaces the record, which is then split again.
    fn set_record(&mut self, v: Value) {
        let _ = v;
    }

    /// The special variable of that name.
    fn special_get(&mut self, name: &str) -> Value {
        let _ = name;
        Value::Undef
    }

    /// Sets the special variable of that name.
    fn special_set(&mut self, name: &str, v: Value) {
        let _ = (name, v);
    }

    /// Prints values, or the record if there are none. Separators are the host's.
    fn print(&mut self, args: &[Value]) {
        let _ = args;
    }

    /// Prints values as the format says, and nothing behind them.
    fn printf(&mut self, fmt: &str, args: &[Value]) {
        let _ = (fmt, args);
    }

    /// Values as text, as the format says.
    fn sprintf(&mut self, fmt: &str, args: &[Value]) -> Value {
        let _ = (fmt, args);
        empty()
    }

    /// Reads a record from a [`getline_source`](crate::awk_builtins::getline_source): 1 when it
    /// read one, 0 at the end of the input, -1 on an error. `operand` is the file or command,
    /// `var_name` the variable to read into if the program names it.
    fn getline(&mut self, source: usize, operand: Option<&str>, var_name: Option<&str>) -> i64 {
        let _ = (source, operand, var_name);
        0
    }

    /// The length of a text, or of the record, in characters.
    fn length(&mut self, s: Option<&Value>) -> i64 {
        awk_length(s)
    }

    /// `n` characters of a text from position `m` on, which counts from 1; the rest without `n`.
    fn substr(&mut self, s: &Value, m: i64, n: Option<i64>) -> Value {
        awk_substr(s, m, n)
    }

    /// The position of `t` in `s`, counted from 1; 0 if it is not there.
    fn index(&mut self, s: &Value, t: &Value) -> i64 {
        awk_index(s, t)
    }

    /// Splits `s` into the named array, which is emptied before, and returns the number of parts.
    fn split(&mut self, s: &Value, arr_name: &str, fs: Option<&Value>) -> i64 {
        let _ = (s, arr_name, fs);
        0
    }

    /// Replaces the first match in the target and returns the number of replacements.
    fn sub(&mut self, re: &Value, repl: &Value, target_ref: &AwkLvalue) -> i64 {
        let _ = (re, repl, target_ref);
        0
    }

    /// Replaces all matches in the target and returns the number of replacements.
    fn gsub(&mut self, re: &Value, repl: &Value, target_ref: &AwkLvalue) -> i64 {
        let _ = (re, repl, target_ref);
        0
    }

    /// The position of the first match, counted from 1, or 0. Sets the variables about matches.
    fn match_re(&mut self, s: &Value, re: &Value) -> i64 {
        let _ = (s, re);
        0
    }

    /// A copy of the target, the record without one, with matches replaced: all for `g` or `G`
    /// as `how`, otherwise the one of that number.
    fn gensub(&mut self, re: &Value, repl: &Value, how: &Value, target: Option<&Value>) -> Value {
        let _ = (re, repl, how, target);
        empty()
    }

    /// The text in lower case.
    fn tolower(&mut self, s: &Value) -> Value {
        awk_tolower(s)
    }

    /// The text in upper case.
    fn toupper(&mut self, s: &Value) -> Value {
        awk_toupper(s)
    }

    /// The number without its fraction.
    fn int(&mut self, x: &Value) -> Value {
        awk_int(x)
    }

    /// Square root.
    fn sqrt(&mut self, x: &Value) -> Value {
        awk::sqrt(DIALECT, x)
    }

    /// Sine of an angle in radians.
    fn sin(&mut self, x: &Value) -> Value {
        awk::sin(DIALECT, x)
    }

    /// Cosine of an angle in radians.
    fn cos(&mut self, x: &Value) -> Value {
        awk::cos(DIALECT, x)
    }

    /// The exponential function.
    fn exp(&mut self, x: &Value) -> Value {
        awk::exp(DIALECT, x)
    }

    /// Natural logarithm.
    fn log(&mut self, x: &Value) -> Value {
        awk::log(DIALECT, x)
    }

    /// The angle of the point (x, y), in radians.
    fn atan2(&mut self, y: &Value, x: &Value) -> Value {
        awk::atan2(DIALECT, y, x)
    }

    /// Bitwise and.
    fn and(&mut self, args: &[Value]) -> Value {
        Value::Int(awk_fold_and(args))
    }

    /// Bitwise or.
    fn or(&mut self, args: &[Value]) -> Value {
        Value::Int(awk_fold_or(args))
    }

    /// Bitwise exclusive or.
    fn xor(&mut self, args: &[Value]) -> Value {
        Value::Int(awk_fold_xor(args))
    }

    /// All bits inverted.
    fn compl(&mut self, v: &Value) -> Value {
        Value::Int(awk_compl(v))
    }

    /// Shifts left.
    fn lshift(&mut self, v: &Value, n: &Value) -> Value {
        Value::Int(awk_lshift(v, n))
    }

    /// Shifts right, filling with zeros.
    fn rshift(&mut self, v: &Value, n: &Value) -> Value {
        Value::Int(awk_rshift(v, n))
    }

    /// The number that a text starts with, in decimal, hexadecimal or octal.
    fn strtonum(&mut self, s: &Value) -> Value {
        Value::Float(awk_strtonum(&s.as_str_cow()))
    }

    /// The seconds since the start of 1970.
    fn systime(&mut self) -> Value {
        Value::Float(awk_systime())
    }

    /// A time as text: format, seconds since the start of 1970, whether to use UTC.
    fn strftime(&mut self, args: &[Value]) -> Value {
        awk_strftime(args)
    }

    /// A time from text, in seconds since the start of 1970: text, whether to use UTC.
    fn mktime(&mut self, args: &[Value]) -> Value {
        awk_mktime(args)
    }

    /// The code point of the first character.
    fn ord(&mut self, arg: &Value) -> Value {
        awk_ord(arg)
    }

    /// The character of a code point.
    fn chr(&mut self, arg: &Value) -> Value {
        awk_chr(arg)
    }

    /// 1 when the value is true, otherwise 0.
    fn mkbool(&mut self, arg: &Value) -> Value {
        awk_mkbool(arg)
    }

    /// The quotient as a whole number; `Undef` for a divisor of 0.
    fn intdiv(&mut self, a: &Value, b: &Value) -> Value {
        awk_intdiv(a, b)
    }

    /// The quotient as a whole number; 0 for a divisor of 0.
    fn intdiv0(&mut self, a: &Value, b: &Value) -> Value {
        awk_intdiv0(a, b)
    }

    /// An element of the named array, which is created if it is not there.
    fn array_get(&mut self, arr_name: &str, key: &Value) -> Value {
        let _ = (arr_name, key);
        empty()
    }

    /// Sets an element of the named array.
    fn array_set(&mut self, arr_name: &str, key: &Value, v: Value) {
        let _ = (arr_name, key, v);
    }

    /// Whether the named array has the key. Creates nothing.
    fn array_exists(&mut self, arr_name: &str, key: &Value) -> bool {
        let _ = (arr_name, key);
        false
    }

    /// Deletes an element of the named array.
    fn array_delete(&mut self, arr_name: &str, key: &Value) {
        let _ = (arr_name, key);
    }

    /// Deletes all elements of the named array.
    fn array_clear(&mut self, arr_name: &str) {
        let _ = arr_name;
    }

    /// The number of elements of the named array.
    fn array_len(&mut self, arr_name: &str) -> i64 {
        let _ = arr_name;
        0
    }

    /// The order of two values: of numbers if both look like one, otherwise of their texts. No
    /// operation asks for it; it is for embedders.
    fn compare(&mut self, a: &Value, b: &Value) -> Ordering {
        native(|context| awk::compare(context, a, b)).unwrap_or(Ordering::Equal)
    }
}

/// A host that knows nothing: every method has its default.
#[derive(Debug, Default, Clone, Copy)]
pub struct DefaultAwkHost;

impl AwkHost for DefaultAwkHost {}

const DIALECT: Dialect = Dialect::Contract;

/// The most bytes of a text that a function without a machine makes or reads.
const MAX_TEXT: usize = 1 << 30;

fn empty() -> Value {
    Value::str("")
}

/// Computes something without a machine.
fn native<R>(body: impl FnOnce(&mut Context<'_>) -> Result<R, Fault>) -> Option<R> {
    body(&mut Resources::new(MAX_TEXT).context(Numeric::default())).ok()
}

/// The length of a text in characters; 0 for `None`.
pub fn awk_length(s: Option<&Value>) -> i64 {
    s.and_then(|s| native(|context| awk::length(context, s)))
        .unwrap_or(0)
}

/// `n` characters of a text from position `m` on, which counts from 1; the rest without `n`.
///
/// ```
/// use fusevm::{Value, awk_host::awk_substr};
///
/// assert_eq!(awk_substr(&Value::str("hello"), 2, Some(3)), Value::str("ell"));
/// assert_eq!(awk_substr(&Value::str("hello"), -1, Some(3)), Value::str("h"));
/// ```
pub fn awk_substr(s: &Value, m: i64, n: Option<i64>) -> Value {
    native(|context| awk::substr(context, s, m, n)).unwrap_or_else(empty)
}

/// The position of `t` in `s` in characters, counted from 1; 0 if it is not there.
pub fn awk_index(s: &Value, t: &Value) -> i64 {
    native(|context| awk::index(context, s, t)).unwrap_or(0)
}

/// The text in lower case, by the rules of Unicode.
pub fn awk_tolower(s: &Value) -> Value {
    native(|context| awk::tolower(context, s)).unwrap_or_else(empty)
}

/// The text in upper case, by the rules of Unicode.
pub fn awk_toupper(s: &Value) -> Value {
    native(|context| awk::toupper(context, s)).unwrap_or_else(empty)
}

/// The number without its fraction: an `Int` where that fits, otherwise a `Float`.
pub fn awk_int(x: &Value) -> Value {
    awk::int(DIALECT, x)
}

/// Bitwise and of the values as whole numbers; 0 for none.
pub fn awk_fold_and(args: &[Value]) -> i64 {
    awk::and(DIALECT, args)
}

/// Bitwise or of the values as whole numbers; 0 for none.
pub fn awk_fold_or(args: &[Value]) -> i64 {
    awk::or(DIALECT, args)
}

/// Bitwise exclusive or of the values as whole numbers; 0 for none.
pub fn awk_fold_xor(args: &[Value]) -> i64 {
    awk::xor(DIALECT, args)
}

/// All 64 bits of the value as a whole number inverted.
pub fn awk_compl(v: &Value) -> i64 {
    awk::compl(DIALECT, v)
}

/// Shifts left by the low six bits of `n`.
pub fn awk_lshift(v: &Value, n: &Value) -> i64 {
    awk::lshift(DIALECT, v, n)
}

/// Shifts right by the low six bits of `n`, filling with zeros.
pub fn awk_rshift(v: &Value, n: &Value) -> i64 {
    awk::rshift(DIALECT, v, n)
}

/// The number that a text starts with, after blanks. A whole text of hexadecimal digits behind
/// `0x`, or of octal digits behind `0`, is read as such.
///
/// ```
/// use fusevm::awk_host::awk_strtonum;
///
/// assert_eq!(awk_strtonum("0x1F"), 31.0);
/// assert_eq!(awk_strtonum(" 3.5e1km"), 35.0);
/// assert_eq!(awk_strtonum("km"), 0.0);
/// ```
pub fn awk_strtonum(s: &str) -> f64 {
    awk::strtonum(s)
}

/// The seconds since the start of 1970, with their fraction.
pub fn awk_systime() -> f64 {
    awk::systime()
}

/// The next pseudo-random number, at least 0 and below 1. The sequence never changes.
pub fn awk_rand(seed: &mut u64) -> f64 {
    awk::rand(seed)
}

/// Sets the seed, from the clock for `None`, and returns the low 32 bits of the earlier one.
pub fn awk_srand(seed: &mut u64, n: Option<u64>) -> f64 {
    awk::srand(seed, n)
}

/// A time as text: format, seconds since the start of 1970, and whether to use UTC instead of
/// local time, all optional. Empty for times that are too far away.
pub fn awk_strftime(args: &[Value]) -> Value {
    native(|context| awk::strftime(context, args)).unwrap_or_else(empty)
}

/// The seconds since the start of 1970 of a time that a text names, or -1: year, month, day,
/// hour, minute, second and summer time flag. A second argument says whether it is in UTC.
pub fn awk_mktime(args: &[Value]) -> Value {
    Value::Float(native(|context| awk::mktime(context, args)).unwrap_or(-1.0))
}

/// The code point of the first character, 0 for empty text.
pub fn awk_ord(arg: &Value) -> Value {
    native(|context| awk::ord(context, arg)).unwrap_or(Value::Float(0.0))
}

/// The character of a code point; empty if there is none.
pub fn awk_chr(arg: &Value) -> Value {
    awk::chr(DIALECT, arg)
}

/// 1 when the value is true, otherwise 0.
pub fn awk_mkbool(arg: &Value) -> Value {
    awk::mkbool(DIALECT, arg)
}

/// The quotient as a whole number; `Undef` for a divisor of 0.
pub fn awk_intdiv(a: &Value, b: &Value) -> Value {
    awk::intdiv(DIALECT, a, b)
}

/// The quotient as a whole number; 0 for a divisor of 0.
pub fn awk_intdiv0(a: &Value, b: &Value) -> Value {
    awk::intdiv0(DIALECT, a, b)
}
