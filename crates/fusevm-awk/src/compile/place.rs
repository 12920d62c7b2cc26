//! What can be assigned to: variables, elements and fields.

use fusevm::Op;

use super::Compiler;
use crate::resolve::{Kind, Meaning};
use crate::runtime::special::Special;
use crate::syntax::ast::{Expr, ExprKind, Name};

/// A place whose parts have been evaluated, so that it can be read and written any number of
/// times without doing that again.
#[derive(Debug)]
pub(super) enum Place {
    Global(u16),
    /// A variable that the run time has to know.
    Special(u16, Special),
    Slot(u16),
    /// An element, whose key is in a slot.
    Element(Name, u16),
    /// A field, whose number is constant or in a slot.
    ConstantField(i64),
    Field(u16),
}

impl Compiler<'_> {
    /// The place of a scalar variable.
    pub(super) fn variable(&mut self, name: &str) -> Place {
        match self.names.meaning(name, self.function) {
            // The resolver bounds the number of parameters.
            Meaning::Param(param, _) => Place::Slot(param as u16),
            Meaning::Global(_) => {
                let global = self.global(name);
                match Special::named(name) {
                    Some(special) => Place::Special(global, special),
                    None => Place::Global(global),
                }
            }
        }
    }

    /// Evaluates the parts of what is assigned to; give the result to [`leave`](Self::leave).
    pub(super) fn place(&mut self, target: &Expr) -> Place {
        match &target.kind {
            ExprKind::Var(name) => self.variable(name),
            ExprKind::Index(array, subscripts) => {
                self.key(array, subscripts);
                let key = self.temporary();
                self.emit(Op::SetSlot(key));
                Place::Element(array.clone(), key)
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
        if let Place::Element(_, slot) | Place::Field(slot) = place {
            self.release(slot);
        }
    }

    /// Pushes what is in the place. Reading an element creates it.
    pub(super) fn load(&mut self, place: &Place) {
        match place {
            Place::Special(_, Special::Nf) => self.emit(Op::AwkNf),
            Place::Global(global) | Place::Special(global, _) => self.emit(Op::GetVar(*global)),
            Place::Slot(slot) => self.emit(Op::GetSlot(*slot)),
            Place::Element(array, key) => {
                self.array(array);
                self.emit(Op::GetSlot(*key));
                self.emit(Op::IndexOrUndef);
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
            Place::Element(array, key) => {
                let value = self.temporary();
                self.emit(Op::SetSlot(value));
                self.array(array);
                self.emit(Op::GetSlot(*key));
                self.emit(Op::GetSlot(value));
                self.emit(Op::IndexSet);
                self.emit(Op::Pop);
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

    /// Pushes the handle of an array.
    pub(super) fn array(&mut self, name: &Name) {
        match self.names.meaning(&name.text, self.function) {
            Meaning::Param(param, Kind::Array) => self.emit(Op::GetSlot(param as u16)),
            Meaning::Global(Kind::Array) => {
                let global = self.global(&name.text);
                self.emit(Op::GetVar(global));
            }
            Meaning::Param(_, Kind::Scalar) | Meaning::Global(Kind::Scalar) => {
                self.error(name.span, format!("`{}` is no array", name.text));
            }
        }
    }

    /// Pushes the key of an element: the subscript, or several with `SUBSEP` between them.
    pub(super) fn key(&mut self, array: &Name, subscripts: &[Vec<Expr>]) {
        match subscripts {
            [subscript] => self.joined(subscript),
            _ => self.unsupported(array.span, "arrays of arrays"),
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

/// The number of a field that is written down.
pub(super) fn constant_index(index: &Expr) -> Option<i64> {
    match index.inner().kind {
        ExprKind::Number(number) if number >= 0.0 && number < f64::from(u32::MAX) => {
            Some(number as i64)
        }
        _ => None,
    }
}
