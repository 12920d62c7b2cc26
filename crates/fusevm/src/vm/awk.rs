//! AWK operations: what they take, whom they ask, what they push.

use std::any::Any;
use std::borrow::Cow;

use super::VM;
use crate::awk_builtins::getline_source;
use crate::awk_host::{AwkHost, AwkLvalue, DefaultAwkHost};
use crate::op::Opcode;
use crate::semantics::{Context, Dialect, Fault, Numeric, awk};
use crate::value::{Str, Text, Value};

/// The most operands that are made up where they are absent: what an operation's own operand can
/// ask for. The wide form can ask for any number, of which it gets those that exist.
const MAX_ABSENT: usize = u8::MAX as usize;

/// What stands for an argument that a program leaves out.
static EMPTY: Value = Value::Str(Str::new());

impl VM {
    /// Installs the host of AWK operations, in place of an earlier one.
    pub fn set_awk_host(&mut self, host: Box<dyn AwkHost>) {
        self.awk_host = Some(host);
    }

    /// Runs an AWK operation. Its operand, if it has one, is `payload`.
    pub(crate) fn awk(
        &mut self,
        numeric: Numeric,
        op: Opcode,
        payload: usize,
    ) -> Result<(), Fault> {
        let result = (Awk { vm: self, numeric }).run(op, payload)?;
        if let Some(fault) = self.awk_host.as_mut().and_then(|host| host.take_fault()) {
            return Err(fault);
        }
        match result {
            Some(result) => self.stack.push(result),
            None => Ok(()),
        }
    }

    /// Gives the AWK host together with the machine to `body`: for builtins of a front end, which
    /// are plain functions and keep their state in the host. `None` when no host of this type is
    /// installed.
    ///
    /// Meanwhile the machine has no AWK host. It has it again when `body` returns or panics,
    /// unless `body` installed another one.
    ///
    /// ```
    /// use fusevm::{AwkHost, ChunkBuilder, Op, VM, VMResult, Value};
    ///
    /// struct Counter(i64);
    /// impl AwkHost for Counter {}
    ///
    /// let mut builder = ChunkBuilder::new();
    /// builder.emit(Op::CallBuiltin(0, 0), 1);
    /// builder.emit(Op::CallBuiltin(0, 0), 1);
    ///
    /// let mut vm = VM::new(builder.build());
    /// vm.set_awk_host(Box::new(Counter(0)));
    /// vm.register_builtin(0, |vm, _argc| {
    ///     let count = vm.with_awk_host(|counter: &mut Counter, _vm| {
    ///         counter.0 += 1;
    ///         counter.0
    ///     });
    ///     count.map_or(Value::Undef, Value::Int)
    /// });
    /// assert!(matches!(vm.run(), VMResult::Ok(Value::Int(2))));
    /// ```
    pub fn with_awk_host<H: AwkHost, R>(
        &mut self,
        body: impl FnOnce(&mut H, &mut VM) -> R,
    ) -> Option<R> {
        let host = self.awk_host.take()?;
        let mut guard = ReturnHost {
            vm: self,
            host: Some(host),
        };
        let ReturnHost { vm, host } = &mut guard;
        let host: &mut dyn Any = host.as_deref_mut()?;
        Some(body(host.downcast_mut()?, vm))
    }
}

/// Gives a host back to its machine, when the builtin that has both returns or panics.
struct ReturnHost<'vm> {
    vm: &'vm mut VM,
    host: Option<Box<dyn AwkHost>>,
}

impl Drop for ReturnHost<'_> {
    fn drop(&mut self) {
        if self.vm.awk_host.is_none() {
            self.vm.awk_host = self.host.take();
        }
    }
}

/// A machine that runs an AWK operation.
///
/// A host never sees the machine, so it can stay in its place while it is asked, and is still
/// there if it panics.
struct Awk<'vm> {
    vm: &'vm mut VM,
    numeric: Numeric,
}

impl Awk<'_> {
    fn run(&mut self, op: Opcode, payload: usize) -> Result<Option<Value>, Fault> {
        let result = match op {
            Opcode::AwkFieldGet => {
                let index = self.pop_int();
                self.ask(|host| host.field_get(index))
            }
            Opcode::AwkFieldSet => {
                let index = self.pop_int();
                let value = self.vm.pop();
                self.ask(|host| host.field_set(index, value));
                return Ok(None);
            }
            Opcode::AwkNf => Value::Int(self.ask(AwkHost::nf)),
            Opcode::AwkSetRecord => {
                let value = self.vm.pop();
                self.ask(|host| host.set_record(value));
                return Ok(None);
            }
            Opcode::AwkSpecialGet => self.ask_about(payload, AwkHost::special_get),
            Opcode::AwkSpecialSet => {
                let value = self.vm.pop();
                self.ask_about(payload, |host, name| host.special_set(name, value));
                return Ok(None);
            }

            Opcode::AwkPrint => {
                let args = self.pop_list(payload)?;
                self.ask(|host| host.print(&args));
                return Ok(None);
            }
            Opcode::AwkPrintf => {
                let args = self.pop_list(payload)?;
                let (format, args) = self.split_format(&args)?;
                self.ask(|host| host.printf(&format, args));
                return Ok(None);
            }
            Opcode::AwkSprintf => {
                let args = self.pop_list(payload)?;
                let (format, args) = self.split_format(&args)?;
                self.ask(|host| host.sprintf(&format, args))
            }
            Opcode::AwkGetline => Value::Int(self.getline(payload)?),

            Opcode::AwkLength => {
                let args = self.pop_list(payload)?;
                let text = args.last();
                Value::Int(self.answer(
                    |host| host.length(text),
                    |context| text.map_or(Ok(0), |text| awk::length(context, text)),
                )?)
            }
            Opcode::AwkSubstr => self.substr(payload)?,
            Opcode::AwkIndex => {
                let (text, part) = self.pop2();
                Value::Int(self.answer(
                    |host| host.index(&text, &part),
                    |context| awk::index(context, &text, &part),
                )?)
            }
            Opcode::AwkSplit => {
                let args = self.pop_list(payload)?;
                let name = self.text_or_empty(args.get(1))?;
                let text = args.first().unwrap_or(&EMPTY);
                Value::Int(self.ask(|host| host.split(text, &name, args.get(2))))
            }
            Opcode::AwkSub => {
                let args = self.pop_list(payload)?;
                let target = self.target(args.get(2))?;
                let [regex, new] = first_two(&args);
                Value::Int(self.ask(|host| host.sub(regex, new, &target)))
            }
            Opcode::AwkGsub => {
                let args = self.pop_list(payload)?;
                let target = self.target(args.get(2))?;
                let [regex, new] = first_two(&args);
                Value::Int(self.ask(|host| host.gsub(regex, new, &target)))
            }
            Opcode::AwkGensub => {
                let args = self.pop_list(payload)?;
                let [regex, new] = first_two(&args);
                let all = Value::str("g");
                let how = args.get(2).unwrap_or(&all);
                self.ask(|host| host.gensub(regex, new, how, args.get(3)))
            }
            Opcode::AwkMatch => {
                let (text, regex) = self.pop2();
                Value::Int(self.ask(|host| host.match_re(&text, &regex)))
            }
            Opcode::AwkToLower => self.unary(AwkHost::tolower, awk::tolower)?,
            Opcode::AwkToUpper => self.unary(AwkHost::toupper, awk::toupper)?,

            Opcode::AwkInt => self.number(AwkHost::int, awk::int)?,
            Opcode::AwkSqrt => self.number(AwkHost::sqrt, awk::sqrt)?,
            Opcode::AwkSin => self.number(AwkHost::sin, awk::sin)?,
            Opcode::AwkCos => self.number(AwkHost::cos, awk::cos)?,
            Opcode::AwkExp => self.number(AwkHost::exp, awk::exp)?,
            Opcode::AwkLog => self.number(AwkHost::log, awk::log)?,
            Opcode::AwkAtan2 => self.binary(AwkHost::atan2, awk::atan2)?,

            Opcode::AwkArrayGet => {
                let key = self.vm.pop();
                self.ask_about(payload, |host, array| host.array_get(array, &key))
            }
            Opcode::AwkArraySet => {
                let key = self.vm.pop();
                let value = self.vm.pop();
                self.ask_about(payload, |host, array| host.array_set(array, &key, value));
                return Ok(None);
            }
            Opcode::AwkArrayExists => {
                let key = self.vm.pop();
                Value::Bool(self.ask_about(payload, |host, array| host.array_exists(array, &key)))
            }
            Opcode::AwkArrayDelete => {
                let key = self.vm.pop();
                self.ask_about(payload, |host, array| host.array_delete(array, &key));
                return Ok(None);
            }
            Opcode::AwkArrayClear => {
                self.ask_about(payload, AwkHost::array_clear);
                return Ok(None);
            }
            Opcode::AwkArrayLen => Value::Int(self.ask_about(payload, AwkHost::array_len)),

            Opcode::AwkAnd => self.fold(payload, AwkHost::and, awk::and)?,
            Opcode::AwkOr => self.fold(payload, AwkHost::or, awk::or)?,
            Opcode::AwkXor => self.fold(payload, AwkHost::xor, awk::xor)?,
            Opcode::AwkCompl => self.number(AwkHost::compl, |d, x| Value::Int(awk::compl(d, x)))?,
            Opcode::AwkLshift => {
                self.binary(AwkHost::lshift, |d, x, n| Value::Int(awk::lshift(d, x, n)))?
            }
            Opcode::AwkRshift => {
                self.binary(AwkHost::rshift, |d, x, n| Value::Int(awk::rshift(d, x, n)))?
            }

            Opcode::AwkStrtonum => self.unary(AwkHost::strtonum, |context, text| {
                let text = context.text(text)?;
                Ok(Value::Float(awk::strtonum(&lossy(&text))))
            })?,
            Opcode::AwkOrd => self.unary(AwkHost::ord, awk::ord)?,
            Opcode::AwkChr => self.number(AwkHost::chr, awk::chr)?,
            Opcode::AwkMkbool => self.number(AwkHost::mkbool, awk::mkbool)?,
            Opcode::AwkIntdiv => self.binary(AwkHost::intdiv, awk::intdiv)?,
            Opcode::AwkIntdiv0 => self.binary(AwkHost::intdiv0, awk::intdiv0)?,

            Opcode::AwkSystime => {
                self.answer(AwkHost::systime, |_| Ok(Value::Float(awk::systime())))?
            }
            Opcode::AwkStrftime => {
                let args = self.pop_list(payload)?;
                self.answer(
                    |host| host.strftime(&args),
                    |context| awk::strftime(context, &args),
                )?
            }
            Opcode::AwkMktime => {
                let args = self.pop_list(payload)?;
                self.answer(
                    |host| host.mktime(&args),
                    |context| Ok(Value::Float(awk::mktime(context, &args)?)),
                )?
            }

            Opcode::AwkRand => Value::Float(awk::rand(&mut self.vm.awk_seed)),
            Opcode::AwkSrand => {
                let args = self.pop_list(payload)?;
                let seed = args.last().map(|seed| awk::seed_from(self.dialect(), seed));
                Value::Float(awk::srand(&mut self.vm.awk_seed, seed))
            }
            other => return Err(Fault::Unsupported(other.info().name)),
        };
        Ok(Some(result))
    }

    fn getline(&mut self, payload: usize) -> Result<i64, Fault> {
        // The low eight bits are the source, the others a name's index plus 1.
        let (source, name) = (payload & 0xff, payload >> 8);
        let operand = match source {
            getline_source::FILE..=getline_source::CMD_VAR => Some(self.vm.pop()),
            _ => None,
        };
        let operand = match &operand {
            Some(operand) => Some(self.text_or_empty(Some(operand))?),
            None => None,
        };
        let chunk = self.vm.chunk.clone();
        let name = name.checked_sub(1).and_then(|index| chunk.names.get(index));
        let name = name.map(String::as_str);
        Ok(self.ask(|host| host.getline(source, operand.as_deref(), name)))
    }

    fn substr(&mut self, argc: usize) -> Result<Value, Fault> {
        let args = self.pop_list(argc)?;
        let dialect = self.dialect();
        let text = args.first().unwrap_or(&EMPTY);
        let from = args.get(1).map_or(1, |from| awk::position(dialect, from));
        let count = args.get(2).map(|count| awk::position(dialect, count));
        self.answer(
            |host| host.substr(text, from, count),
            |context| awk::substr(context, text, from, count),
        )
    }

    fn unary(
        &mut self,
        hosted: impl FnOnce(&mut dyn AwkHost, &Value) -> Value,
        native: impl FnOnce(&mut Context<'_>, &Value) -> Result<Value, Fault>,
    ) -> Result<Value, Fault> {
        let value = self.vm.pop();
        self.answer(
            |host| hosted(host, &value),
            |context| native(context, &value),
        )
    }

    fn number(
        &mut self,
        hosted: impl FnOnce(&mut dyn AwkHost, &Value) -> Value,
        native: impl FnOnce(Dialect, &Value) -> Value,
    ) -> Result<Value, Fault> {
        self.unary(hosted, |context, value| {
            Ok(native(context.numeric.dialect, value))
        })
    }

    fn binary(
        &mut self,
        hosted: impl FnOnce(&mut dyn AwkHost, &Value, &Value) -> Value,
        native: impl FnOnce(Dialect, &Value, &Value) -> Value,
    ) -> Result<Value, Fault> {
        let (a, b) = self.pop2();
        self.answer(
            |host| hosted(host, &a, &b),
            |context| Ok(native(context.numeric.dialect, &a, &b)),
        )
    }

    fn fold(
        &mut self,
        argc: usize,
        hosted: impl FnOnce(&mut dyn AwkHost, &[Value]) -> Value,
        native: impl FnOnce(Dialect, &[Value]) -> i64,
    ) -> Result<Value, Fault> {
        let args = self.pop_list(argc)?;
        self.answer(
            |host| hosted(host, &args),
            |context| Ok(Value::Int(native(context.numeric.dialect, &args))),
        )
    }

    /// Asks the host, or computes the answer if there is none.
    fn answer<R>(
        &mut self,
        hosted: impl FnOnce(&mut dyn AwkHost) -> R,
        native: impl FnOnce(&mut Context<'_>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        match &mut self.vm.awk_host {
            Some(host) if host.computes() => Ok(hosted(&mut **host)),
            _ => native(&mut self.context()),
        }
    }

    /// Asks the host for what only a host knows.
    fn ask<R>(&mut self, question: impl FnOnce(&mut dyn AwkHost) -> R) -> R {
        match &mut self.vm.awk_host {
            Some(host) => question(&mut **host),
            None => question(&mut DefaultAwkHost),
        }
    }

    /// Asks the host about what has the name `index`; a name that does not exist is empty.
    fn ask_about<R>(
        &mut self,
        index: usize,
        question: impl FnOnce(&mut dyn AwkHost, &str) -> R,
    ) -> R {
        let name = self.vm.chunk.names.get(index).map_or("", String::as_str);
        match &mut self.vm.awk_host {
            Some(host) => question(&mut **host, name),
            None => question(&mut DefaultAwkHost, name),
        }
    }

    fn context(&mut self) -> Context<'_> {
        self.vm.resources.context(self.numeric)
    }

    fn dialect(&self) -> Dialect {
        self.numeric.dialect
    }

    fn pop_int(&mut self) -> i64 {
        let value = self.vm.pop();
        self.dialect().int(&value)
    }

    /// The two top operands, in push order.
    fn pop2(&mut self) -> (Value, Value) {
        let b = self.vm.pop();
        (self.vm.pop(), b)
    }

    /// The `count` top operands, in push order; absent ones come first.
    fn pop_list(&mut self, count: usize) -> Result<Vec<Value>, Fault> {
        let available = self.vm.stack.len().saturating_sub(self.vm.floor);
        let count = count.min(available.max(MAX_ABSENT));
        let memory = &self.vm.resources.memory;
        memory.grant(count.saturating_mul(size_of::<Value>()))?;
        let mut list: Vec<Value> = (0..count).map(|_| self.vm.pop()).collect();
        list.reverse();
        Ok(list)
    }

    /// A format, which is the first argument, and the others.
    fn split_format<'v>(
        &mut self,
        args: &'v [Value],
    ) -> Result<(Cow<'v, str>, &'v [Value]), Fault> {
        let (format, args) = args.split_at(args.len().min(1));
        Ok((self.text_or_empty(format.first())?, args))
    }

    /// The text of an argument; empty without one.
    fn text_or_empty<'v>(&mut self, value: Option<&'v Value>) -> Result<Cow<'v, str>, Fault> {
        let Some(value) = value else {
            return Ok(Cow::Borrowed(""));
        };
        // Text that is there already is handed on as it is.
        if let Value::Str(text) = value {
            return Ok(Cow::Borrowed(text));
        }
        let text = self.context().text(value)?;
        Ok(Cow::Owned(lossy(&text).into_owned()))
    }

    /// What a substitution changes: an `Int` is the number of a field, an array of two a name and
    /// a key, any other value a variable's name. Without a value it is the record.
    fn target(&mut self, value: Option<&Value>) -> Result<AwkLvalue, Fault> {
        let mut text = |value: &Value| Ok(self.text_or_empty(Some(value))?.into_owned());
        Ok(match value {
            None => AwkLvalue::Field(0),
            Some(Value::Int(field)) => AwkLvalue::Field(*field),
            Some(Value::Array(pair)) if pair.len() == 2 => {
                let pair = pair.to_vec();
                AwkLvalue::ArrayElem(text(&pair[0])?, text(&pair[1])?)
            }
            Some(name) => AwkLvalue::Var(text(name)?),
        })
    }
}

/// The first two arguments; empty text for those that are not there.
fn first_two(args: &[Value]) -> [&Value; 2] {
    let arg = |index: usize| args.get(index).unwrap_or(&EMPTY);
    [arg(0), arg(1)]
}

/// The text as `str`, with `U+FFFD` for what is not valid UTF-8.
fn lossy<'t>(text: &'t Text<'_>) -> Cow<'t, str> {
    String::from_utf8_lossy(text.as_bytes())
}
