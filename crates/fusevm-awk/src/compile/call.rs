//! Calls of functions, those of the program and those of the language.

use fusevm::Op;

use super::place::Place;
use super::{Compiler, SEED};
use crate::resolve::{Kind, Meaning};
use crate::runtime::Handler;
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::{Builtin, Span};

impl Compiler<'_> {
    /// Calls a function of the program, which always leaves a value. Parameters without an
    /// argument are local variables: new ones are passed.
    pub(super) fn call(&mut self, name: &Name, args: &[Expr]) {
        let Some(signature) = self.names.signature(&name.text) else {
            return self.error(name.span, format!("there is no function `{}`", name.text));
        };
        for (number, kind) in signature.params.iter().enumerate() {
            match (args.get(number), kind) {
                (Some(arg), Kind::Scalar) => self.expr(arg),
                (Some(arg), Kind::Array) => self.array_arg(arg),
                (Some(arg), Kind::Dynamic) => self.reference(arg),
                (None, Kind::Scalar | Kind::Dynamic) => self.emit(Op::LoadUndef),
                (None, Kind::Array) => self.emit(Op::NewHash(0)),
            }
        }
        for arg in args.iter().skip(signature.params.len()) {
            self.expr(arg);
            self.emit(Op::Pop);
        }
        self.at(name.span);
        let function = self.global(&name.text);
        // The resolver bounds the number of parameters.
        self.emit(Op::Call(function, signature.params.len() as u8));
        self.profile_line(false);
    }

    /// Pushes arguments; gives their number.
    fn args(&mut self, args: &[Expr]) -> u8 {
        for arg in args {
            self.expr(arg);
        }
        self.count(args.len(), args.first().map(|arg| arg.span))
    }

    /// A number of operands, of which there can be 255.
    pub(super) fn count(&mut self, count: usize, span: Option<Span>) -> u8 {
        u8::try_from(count).unwrap_or_else(|_| {
            self.error(
                span.unwrap_or_default(),
                "too many values at once: 255 are possible",
            );
            0
        })
    }

    /// Calls a function of the language.
    pub(super) fn builtin(&mut self, builtin: Builtin, args: &[Expr], span: Span) {
        match builtin {
            Builtin::Sub => return self.substitute(args, Handler::Sub, Handler::SubConstant),
            Builtin::Gsub => return self.substitute(args, Handler::Gsub, Handler::GsubConstant),
            Builtin::Split => return self.split(args),
            Builtin::Patsplit => return self.split_pattern(args),
            Builtin::Match => return self.find(args),
            Builtin::Gensub => return self.generate(args),
            Builtin::Asort | Builtin::Asorti => return self.sort(builtin, args),
            Builtin::Typeof => return self.type_of(args),
            Builtin::Length => return self.length(args),
            Builtin::Srand => return self.srand(args),
            Builtin::Isarray => {
                args.iter().for_each(|arg| self.any(arg));
                return self.handle(Handler::IsArray, 1);
            }
            _ => {}
        }
        let argc = match builtin {
            Builtin::Index => {
                if let [_, part] = args
                    && let ExprKind::Regex(_) = part.inner().kind
                {
                    let message = "index: regexp constant as second argument is not allowed";
                    self.errors.push(self.sources.at(part.span, message));
                }
                args.iter().for_each(|arg| self.compared(arg));
                2
            }
            _ => self.args(args),
        };
        self.at(span);
        match builtin {
            Builtin::Atan2 => self.emit(Op::AwkAtan2),
            Builtin::Cos => self.emit(Op::AwkCos),
            Builtin::Exp => self.emit(Op::AwkExp),
            Builtin::Int => self.emit(Op::AwkInt),
            Builtin::Log => self.emit(Op::AwkLog),
            Builtin::Rand => self.emit(Op::AwkRand),
            Builtin::Sin => self.emit(Op::AwkSin),
            Builtin::Sqrt => self.emit(Op::AwkSqrt),
            Builtin::Index if self.language.bytes => self.handle(Handler::IndexBytes, argc),
            Builtin::Substr if self.language.bytes => self.handle(Handler::SubstrBytes, argc),
            Builtin::Tolower if self.language.bytes => self.handle(Handler::LowerBytes, argc),
            Builtin::Toupper if self.language.bytes => self.handle(Handler::UpperBytes, argc),
            Builtin::Index => self.emit(Op::AwkIndex),
            Builtin::Substr => self.emit(Op::AwkSubstr(argc)),
            Builtin::Tolower => self.emit(Op::AwkToLower),
            Builtin::Toupper => self.emit(Op::AwkToUpper),
            Builtin::And => self.handle(Handler::And, argc),
            Builtin::Or => self.handle(Handler::Or, argc),
            Builtin::Xor => self.handle(Handler::Xor, argc),
            Builtin::Compl => self.handle(Handler::Compl, argc),
            Builtin::Lshift => self.handle(Handler::Lshift, argc),
            Builtin::Rshift => self.handle(Handler::Rshift, argc),
            Builtin::Strtonum => self.handle(Handler::Strtonum, argc),
            Builtin::Strftime => {
                let argc = if argc == 0 {
                    self.handle(Handler::TimeFormat, 0);
                    1
                } else {
                    argc
                };
                self.emit(Op::AwkStrftime(argc));
            }
            Builtin::Mktime => self.emit(Op::AwkMktime(argc)),
            Builtin::Mkbool => self.handle(Handler::Mkbool, argc),
            Builtin::Dcgettext => self.handle(Handler::Translate, argc),
            Builtin::Dcngettext => self.handle(Handler::TranslatePlural, argc),
            Builtin::Bindtextdomain => self.handle(Handler::BindTextDomain, argc),
            Builtin::Systime => self.systime(),
            Builtin::Sprintf => self.handle(Handler::Sprintf, argc),
            Builtin::Close => self.handle(Handler::Close, argc),
            Builtin::Fflush => self.handle(Handler::Fflush, argc),
            Builtin::System => self.handle(Handler::System, argc),
            // Compiled above.
            _ => {}
        }
    }

    /// Whether an expression is an array, or may be one.
    fn kind(&self, arg: &Expr) -> Kind {
        match &arg.inner().kind {
            ExprKind::Var(name) => match self.names.meaning(name, self.function) {
                Meaning::Global(kind) | Meaning::Param(_, kind) => kind,
            },
            ExprKind::Index(..) => Kind::Dynamic,
            _ => Kind::Scalar,
        }
    }

    /// The length of the text on the stack.
    fn text_length(&mut self) {
        if self.language.bytes {
            self.handle(Handler::LengthBytes, 1);
        } else {
            self.emit(Op::AwkLength(1));
        }
    }

    fn length(&mut self, args: &[Expr]) {
        let Some(arg) = args.first() else {
            self.load(&Place::ConstantField(0));
            return self.text_length();
        };
        match self.kind(arg) {
            Kind::Array => {
                self.array_arg(arg);
                self.emit(Op::ContainerLen);
            }
            Kind::Scalar => {
                self.expr(arg);
                self.text_length();
            }
            Kind::Dynamic => {
                self.any(arg);
                let (array, end) = (self.label(), self.label());
                self.emit(Op::Dup);
                self.handle(Handler::IsArray, 1);
                self.jump(Op::JumpIfTrue(0), array);
                self.text(b"");
                self.handle(Handler::Scalar, 2);
                self.text_length();
                self.jump(Op::Jump(0), end);
                self.bind(array);
                self.text(b"");
                self.handle(Handler::Array, 2);
                self.emit(Op::ContainerLen);
                self.bind(end);
            }
        }
    }

    fn systime(&mut self) {
        self.emit(Op::AwkSystime);
        self.emit(Op::AwkInt);
    }

    /// Leaves the seed before. The generator has moved on from it, so the program keeps it: less 1,
    /// which is what it is at first.
    fn srand(&mut self, args: &[Expr]) {
        let seed = self.global(SEED);
        self.emit(Op::GetVar(seed));
        self.emit(Op::LoadInt(1));
        self.emit(Op::Add);
        match args {
            [value] => {
                self.expr(value);
                self.emit(Op::LoadInt(0));
                self.emit(Op::Add);
            }
            _ => self.systime(),
        }
        self.emit(Op::Dup);
        self.emit(Op::LoadInt(1));
        self.emit(Op::Sub);
        self.emit(Op::SetVar(seed));
        self.emit(Op::AwkSrand(1));
        self.emit(Op::Pop);
    }

    /// `sub` and `gsub`: the run time gets the text and leaves the new one below the count.
    fn substitute(&mut self, args: &[Expr], dynamic: Handler, constant: Handler) {
        let [regex, replacement, rest @ ..] = args else {
            return;
        };
        let place = match rest.first() {
            None => Some(Place::ConstantField(0)),
            Some(target) if target.is_lvalue() => Some(self.place(target)),
            Some(_) => None,
        };
        if let Some(Place::ConstantField(0)) = place
            && let Some(text) = self.constant_regex(regex)
        {
            self.regex(text, regex.span);
            self.expr(replacement);
            let handler = match constant {
                Handler::SubConstant => Handler::SubRecord,
                _ => Handler::GsubRecord,
            };
            return self.handle(handler, 2);
        }
        match (&place, rest.first()) {
            (Some(place), _) => self.load(place),
            (None, Some(value)) => self.expr(value),
            (None, None) => {}
        }
        let handler = self.regex_operand(regex, dynamic, constant);
        self.expr(replacement);
        self.handle(handler, 3);
        match place {
            Some(place) => {
                self.store_if_positive(&place);
                self.leave(place);
            }
            None => {
                self.emit(Op::Swap);
                self.emit(Op::Pop);
            }
        }
    }

    /// The new text of `gensub`.
    fn generate(&mut self, args: &[Expr]) {
        let [regex, replacement, which, rest @ ..] = args else {
            return;
        };
        match rest.first() {
            Some(text) => self.expr(text),
            None => self.load(&Place::ConstantField(0)),
        }
        let handler = self.regex_operand(regex, Handler::Gensub, Handler::GensubConstant);
        self.expr(replacement);
        self.expr(which);
        self.handle(handler, 4);
    }

    fn split(&mut self, args: &[Expr]) {
        let [text, array, rest @ ..] = args else {
            return;
        };
        self.expr(text);
        self.array_arg(array);
        let [separator, rest @ ..] = rest else {
            return self.handle(Handler::Split, 2);
        };
        let handler = match &separator.inner().kind {
            // As the empty text: between all characters.
            ExprKind::Regex(regex) | ExprKind::RegexValue(regex) if regex.is_empty() => {
                self.text(b"");
                Handler::Split
            }
            ExprKind::Regex(regex) | ExprKind::RegexValue(regex) => {
                self.regex(regex, separator.span);
                Handler::SplitConstant
            }
            _ => {
                self.expr(separator);
                Handler::Split
            }
        };
        let argc = 3 + self.optional_array(rest);
        self.handle(handler, argc);
    }

    fn split_pattern(&mut self, args: &[Expr]) {
        let [text, array, rest @ ..] = args else {
            return;
        };
        self.expr(text);
        self.array_arg(array);
        let [pattern, rest @ ..] = rest else {
            let pattern = self.global("FPAT");
            self.emit(Op::GetVar(pattern));
            return self.handle(Handler::Patsplit, 3);
        };
        let handler = self.regex_operand(pattern, Handler::Patsplit, Handler::PatsplitConstant);
        let argc = 3 + self.optional_array(rest);
        self.handle(handler, argc);
    }

    fn find(&mut self, args: &[Expr]) {
        let [text, regex, rest @ ..] = args else {
            return;
        };
        self.expr(text);
        let handler = self.regex_operand(regex, Handler::Find, Handler::FindConstant);
        let argc = 2 + self.optional_array(rest);
        self.handle(handler, argc);
    }

    /// Pushes the array that the next argument is, if there is one; gives how many that are.
    fn optional_array(&mut self, args: &[Expr]) -> u8 {
        match args.first() {
            Some(array) => {
                self.array_arg(array);
                1
            }
            None => 0,
        }
    }

    /// Pushes a field, `Undef` if the record has fewer.
    fn field_if_there(&mut self, index: &Expr) {
        let (there, end) = (self.label(), self.label());
        self.expr(index);
        self.emit(Op::Dup);
        self.emit(Op::AwkNf);
        self.emit(Op::NumGt);
        self.jump(Op::JumpIfFalse(0), there);
        self.emit(Op::Pop);
        self.emit(Op::LoadUndef);
        self.jump(Op::Jump(0), end);
        self.bind(there);
        self.emit(Op::AwkFieldGet);
        self.bind(end);
    }

    /// What a value is; see [`Handler::Typeof`].
    fn type_of(&mut self, args: &[Expr]) {
        let [value, rest @ ..] = args else {
            return;
        };
        match &value.inner().kind {
            ExprKind::Var(_) | ExprKind::Index(..) => {
                self.any(value);
                self.text(b"untyped");
            }
            ExprKind::Field(index) => {
                self.field_if_there(index);
                self.text(b"unassigned");
            }
            _ => {
                self.expr(value);
                self.text(b"unassigned");
            }
        }
        let argc = 2 + self.optional_array(rest);
        self.handle(Handler::Typeof, argc);
    }
}
