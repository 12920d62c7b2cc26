//! What can be assigned to: variables, elements and fields.

use fusevm::Op;

use super::Compiler;
use crate::resolve::{Kind, Meaning};
use crate::runtime::special::{self, Special};
use crate::runtime::{Handler, PARAMETER};
use crate::syntax::Span;
use crate::syntax::ast::{ArrayRef, Expr, ExprKind, Name};

/// A place whose parts have been evaluated, so that it can be read and written any number of
/// times without doing that again.
#[derive(Debug)]
pub(super) enum Place {
    Global(u16),
    /// A variable that the run time has to know.
    Special(u16, Special),
    Slot(u16),
    /// A variable that may be an array.
    DynamicGlobal(u16, Name),
    DynamicSlot(u16, Name),
    /// An element, whose array, where it takes work to find, and key are in slots.
    Element(Option<u16>, Name, u16),
    /// A variable whose name is in a slot.
    Symbol(u16),
    /// A field, whose number is constant or in a slot.
    ConstantField(i64),
    Field(u16),
}

impl Compiler<'_> {
    /// The place of a variable that is used as a value.
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Place {
        let name_here = || Name {
            text: name.to_owned(),
            span,
        };
        match self.names.meaning(name, self.function) {
            // The resolver bounds the number of parameters.
            Meaning::Param(param, Kind::Dynamic) => Place::DynamicSlot(param as u16, name_here()),
            Meaning::Param(param, _) => Place::Slot(param as u16),
            Meaning::Global(Kind::Dynamic) => {
                let global = self.global(name);
                Place::DynamicGlobal(global, name_here())
            }
            Meaning::Global(_) => {
                let global = self.global(name);
                match Special::named(name, self.language) {
                    Some(special) => Place::Special(global, special),
                    None => Place::Global(global),
                }
            }
        }
    }

    /// Evaluates the parts of what is assigned to; give the result to [`leave`](Self::leave).
    pub(super) fn place(&mut self, target: &Expr) -> Place {
        match &target.kind {
            ExprKind::Var(name) => self.variable(name, target.span),
            ExprKind::Index(array, subscripts) if is_symbol(array) => {
                self.joined(subscripts);
                let name = self.temporary();
                self.emit(Op::SetSlot(name));
                Place::Symbol(name)
            }
            ExprKind::Index(array, subscripts) => {
                let slot = if array.path.is_empty() {
                    None
                } else {
                    self.array(array);
                    let slot = self.temporary();
                    self.emit(Op::SetSlot(slot));
                    Some(slot)
                };
                self.joined(subscripts);
                let key = self.temporary();
                self.emit(Op::SetSlot(key));
                Place::Element(slot, array.name.clone(), key)
            }
            ExprKind::Field(index) => match constant_index(index) {
                Some(index) => Place::ConstantField(index),
                None => {
                    self.expr(index);
                    let slot = self.temporary();
                    self.emit(Op::SetSlot(slot));
                    Place::Field(slot)
                }
            },
            _ => {
                self.error(target.span, "this cannot be assigned to");
                Place::Slot(0)
            }
        }
    }

    /// Gives back what [`place`](Self::place) took.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the place must not be used any more: its slots are somebody else's"
    )]
    pub(super) fn leave(&mut self, place: Place) {
        match place {
            Place::Element(array, _, key) => {
                array
                    .into_iter()
                    .chain([key])
                    .for_each(|slot| self.release(slot));
            }
            Place::Field(slot) | Place::Symbol(slot) => self.release(slot),
            _ => {}
        }
    }

    /// Pushes what is in the place. Reading an element creates it.
    pub(super) fn load(&mut self, place: &Place) {
        match place {
            Place::Special(_, Special::Nf) => self.emit(Op::AwkNf),
            Place::Global(global) | Place::Special(global, _) => self.emit(Op::GetVar(*global)),
            Place::Slot(slot) => self.emit(Op::GetSlot(*slot)),
            Place::DynamicGlobal(_, name) | Place::DynamicSlot(_, name) => {
                self.raw(place);
                self.variable_name(place, name);
                self.handle(Handler::Scalar, 2);
            }
            Place::Element(array, name, key) => {
                self.array_in(*array, name);
                self.emit(Op::GetSlot(*key));
                self.emit(Op::IndexOrUndef);
            }
            Place::Symbol(name) => {
                self.emit(Op::GetSlot(*name));
                self.handle(Handler::Symbol, 1);
            }
            Place::ConstantField(index) => {
                self.emit(Op::LoadInt(*index));
                self.emit(Op::AwkFieldGet);
            }
            Place::Field(slot) => {
                self.emit(Op::GetSlot(*slot));
                self.emit(Op::AwkFieldGet);
            }
        }
    }

    /// Takes the value on the stack into the place.
    pub(super) fn store(&mut self, place: &Place) {
        match place {
            Place::Special(_, special) => self.set_special(*special),
            Place::Global(global) => self.emit(Op::SetVar(*global)),
            Place::Slot(slot) => self.emit(Op::SetSlot(*slot)),
            Place::DynamicGlobal(..) | Place::DynamicSlot(..) => {
                // An array stays one.
                self.load(place);
                self.emit(Op::Pop);
                self.store_raw(place);
            }
            Place::Symbol(name) => {
                self.emit(Op::GetSlot(*name));
                self.handle(Handler::SetSymbol, 2);
                self.emit(Op::Pop);
            }
            Place::Element(array, name, key) => {
                let value = self.temporary();
                self.emit(Op::SetSlot(value));
                self.array_in(*array, name);
                self.emit(Op::GetSlot(*key));
                self.emit(Op::GetSlot(value));
                self.set_element();
                self.release(value);
            }
            Place::ConstantField(index) => {
                self.emit(Op::LoadInt(*index));
                self.emit(Op::AwkFieldSet);
            }
            Place::Field(slot) => {
                self.emit(Op::GetSlot(*slot));
                self.emit(Op::AwkFieldSet);
            }
        }
    }

    /// Takes array, key and value into the element, unless that is an array.
    pub(super) fn set_element(&mut self) {
        if self.nests_arrays {
            self.handle(Handler::SetElement, 3);
        } else {
            self.emit(Op::IndexSet);
        }
        self.emit(Op::Pop);
    }

    /// Pushes what is in a variable that may be an array.
    fn raw(&mut self, place: &Place) {
        match place {
            Place::DynamicGlobal(global, _) => self.emit(Op::GetVar(*global)),
            Place::DynamicSlot(slot, _) => self.emit(Op::GetSlot(*slot)),
            _ => self.load(place),
        }
    }

    /// Takes what is on the stack into a variable, also where that is an array.
    pub(super) fn store_raw(&mut self, place: &Place) {
        match place {
            Place::DynamicGlobal(global, _) => self.emit(Op::SetVar(*global)),
            Place::DynamicSlot(slot, _) => self.emit(Op::SetSlot(*slot)),
            _ => self.store(place),
        }
    }

    /// Pushes the handle of an array.
    pub(super) fn array(&mut self, array: &ArrayRef) {
        let mut path = array.path.as_slice();
        if array.name.text == special::SYMTAB {
            if let Some((name, rest)) = path.split_first() {
                self.joined(name);
                self.handle(Handler::ArraySymbol, 1);
                path = rest;
            } else {
                self.handle(Handler::Symbols, 0);
            }
        } else {
            self.named_array(&array.name);
        }
        for subscripts in path {
            self.joined(subscripts);
            self.emit(Op::IndexOrNewHash);
        }
    }

    /// Pushes the handle of an array that is in a slot or has a name.
    fn array_in(&mut self, slot: Option<u16>, name: &Name) {
        match slot {
            Some(slot) => self.emit(Op::GetSlot(slot)),
            None => self.named_array(name),
        }
    }

    fn named_array(&mut self, name: &Name) {
        match self.names.meaning(&name.text, self.function) {
            Meaning::Param(param, Kind::Array) => self.emit(Op::GetSlot(param as u16)),
            Meaning::Global(Kind::Array) => {
                let global = self.global(&name.text);
                self.emit(Op::GetVar(global));
            }
            Meaning::Param(_, Kind::Dynamic) | Meaning::Global(Kind::Dynamic) => {
                let place = self.variable(&name.text, name.span);
                self.raw(&place);
                self.variable_name(&place, name);
                self.handle(Handler::Array, 2);
                self.emit(Op::Dup);
                self.store_raw(&place);
            }
            Meaning::Param(_, Kind::Scalar) | Meaning::Global(Kind::Scalar) => {
                self.error(name.span, format!("`{}` is no array", name.text));
            }
        }
    }

    /// Pushes the name of a variable for messages.
    fn variable_name(&mut self, place: &Place, name: &Name) {
        let prefix = match place {
            Place::DynamicSlot(..) => PARAMETER,
            _ => "",
        };
        self.text([prefix, &name.text].concat().as_bytes());
    }

    /// Pushes the array that an expression means: a variable or an element.
    pub(super) fn array_arg(&mut self, arg: &Expr) {
        match &arg.inner().kind {
            ExprKind::Var(name) => {
                let name = Name {
                    text: name.clone(),
                    span: arg.span,
                };
                self.array(&ArrayRef {
                    name,
                    path: Vec::new(),
                });
            }
            ExprKind::Index(array, subscripts) => {
                self.element(array, subscripts, Handler::ArraySymbol, |compiler| {
                    compiler.emit(Op::IndexOrNewHash);
                });
            }
            _ => self.error(arg.span, "an array is needed here"),
        }
    }

    /// Pushes a value or an array, whatever an expression is. What is neither yet is pushed as it
    /// is, so that asking for it does not make it anything.
    pub(super) fn any(&mut self, arg: &Expr) {
        match &arg.inner().kind {
            ExprKind::Var(name) if name == special::SYMTAB => self.array_arg(arg),
            ExprKind::Var(name) => match self.names.meaning(name, self.function) {
                Meaning::Param(_, Kind::Scalar) | Meaning::Global(Kind::Scalar) => {
                    let place = self.variable(name, arg.span);
                    self.load(&place);
                }
                Meaning::Param(_, Kind::Array) | Meaning::Global(Kind::Array) => {
                    self.array_arg(arg);
                }
                Meaning::Param(_, Kind::Dynamic) | Meaning::Global(Kind::Dynamic) => {
                    let place = self.variable(name, arg.span);
                    self.raw(&place);
                }
            },
            ExprKind::Index(array, subscripts) => {
                self.element(array, subscripts, Handler::Symbol, |compiler| {
                    compiler.handle(Handler::Element, 2);
                });
            }
            _ => self.expr(arg),
        }
    }

    /// As [`any`](Self::any), where a function may make an array of it.
    pub(super) fn reference(&mut self, arg: &Expr) {
        match &arg.inner().kind {
            ExprKind::Var(name) => {
                let place = self.variable(name, arg.span);
                self.any(arg);
                if let Place::DynamicGlobal(..) | Place::DynamicSlot(..) = place {
                    self.handle(Handler::Reference, 1);
                    self.emit(Op::Dup);
                    self.store_raw(&place);
                }
            }
            ExprKind::Index(array, subscripts) if !is_symbol(array) => {
                self.array(array);
                self.joined(subscripts);
                self.handle(Handler::ElementReference, 2);
            }
            _ => self.any(arg),
        }
    }

    /// Pushes an element: of `SYMTAB` what `symbol` makes of the key, of other arrays what `find`
    /// makes of array and key.
    pub(super) fn element(
        &mut self,
        array: &ArrayRef,
        subscripts: &[Expr],
        symbol: Handler,
        find: impl FnOnce(&mut Self),
    ) {
        if is_symbol(array) {
            self.joined(subscripts);
            self.handle(symbol, 1);
        } else {
            self.array(array);
            self.joined(subscripts);
            find(self);
        }
    }

    /// Pushes subscripts as one key.
    pub(super) fn joined(&mut self, subscripts: &[Expr]) {
        for (number, subscript) in subscripts.iter().enumerate() {
            if number > 0 {
                let subsep = self.global("SUBSEP");
                self.emit(Op::GetVar(subsep));
                self.emit(Op::Concat);
            }
            self.expr(subscript);
            if number > 0 {
                self.emit(Op::Concat);
            }
        }
    }
}

/// Whether the elements of an array are the variables of the program.
pub(super) fn is_symbol(array: &ArrayRef) -> bool {
    array.name.text == special::SYMTAB && array.path.is_empty()
}

/// The number of a field that is written down.
pub(super) fn constant_index(index: &Expr) -> Option<i64> {
    match index.inner().kind {
        ExprKind::Number(number) if number >= 0.0 && number < f64::from(u32::MAX) => {
            Some(number as i64)
        }
        _ => None,
    }
}
