//! `BEGINFILE` and `ENDFILE`: what happens between the files of the main input.
//!
//! Their actions are functions that no program can name. Where a record of the main input is read,
//! in the loop over records and by `getline`, the run time says when a file begins or ends, and
//! these are called.

use fusevm::Op;
use fusevm::chunk::Label;

use super::Compiler;
use super::place::Place;
use crate::runtime::{Event, Handler};
use crate::syntax::ast::{Block, Program};

/// The functions that the actions are.
const BEGIN_FILE: &str = "%beginfile";
const END_FILE: &str = "%endfile";

/// A rule about files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileRule {
    Begin,
    End,
}

impl Compiler<'_> {
    /// Reads a record of the main input, with what happens between files; jumps at the end.
    pub(super) fn next_record_between_files(&mut self, end: Label) {
        let event = self.next_event(Handler::NextEvent, false);
        self.emit(Op::GetSlot(event));
        self.jump(Op::JumpIfFalse(0), end);
        self.release(event);
    }

    /// `getline` from the main input, with what happens between files.
    pub(super) fn getline_between_files(
        &mut self,
        (plain, into): (Handler, Handler),
        place: Option<Place>,
    ) {
        let handler = if place.is_some() { into } else { plain };
        let event = self.next_event(handler, place.is_some());
        self.emit(Op::GetSlot(event));
        self.release(event);
        if let Some(place) = place {
            self.store_if_positive(&place);
            self.leave(place);
        }
    }

    /// Asks the run time until there is a record, or none any more: a slot that is 1 or 0. The
    /// record may be on the stack.
    fn next_event(&mut self, handler: Handler, into: bool) -> u16 {
        let event = self.temporary();
        let (head, not_begin, found) = (self.label(), self.label(), self.label());
        self.bind(head);
        self.handle(handler, 0);
        self.emit(Op::SetSlot(event));
        self.emit(Op::GetSlot(event));
        self.emit(Op::LoadInt(Event::BeginFile as i64));
        self.emit(Op::NumLt);
        self.jump(Op::JumpIfTrue(0), found);
        if into {
            self.emit(Op::Pop);
        }
        self.emit(Op::GetSlot(event));
        self.emit(Op::LoadInt(Event::BeginFile as i64));
        self.emit(Op::NumEq);
        self.jump(Op::JumpIfFalse(0), not_begin);
        self.call_file_rule(BEGIN_FILE);
        self.jump(Op::Jump(0), head);
        self.bind(not_begin);
        self.call_file_rule(END_FILE);
        self.jump(Op::Jump(0), head);
        self.bind(found);
        event
    }

    fn call_file_rule(&mut self, name: &str) {
        let function = self.global(name);
        self.emit(Op::Call(function, 0));
        self.emit(Op::Pop);
    }

    /// The functions that the actions are.
    pub(super) fn file_rules(&mut self, program: &Program) {
        self.file_rule(FileRule::Begin, BEGIN_FILE, &program.begin_file);
        self.file_rule(FileRule::End, END_FILE, &program.end_file);
    }

    fn file_rule(&mut self, rule: FileRule, name: &str, blocks: &[Block]) {
        let name = self.global(name);
        let entry = self.builder.current_pos();
        self.builder.add_sub_entry(name, entry);
        self.file_rule = Some(rule);
        self.slots = 0;
        self.free.clear();
        for block in blocks {
            self.block(block);
        }
        self.emit(Op::LoadUndef);
        self.emit(Op::ReturnValue);
        self.file_rule = None;
    }
}
