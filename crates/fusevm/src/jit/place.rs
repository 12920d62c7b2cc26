//! Where native code is to be made, and what may be asked of the machine there.

#[cfg(feature = "jit-disk-cache")]
use std::cell::RefCell;

use std::sync::Arc;

use super::tools::Tools;
use super::{JitExtension, JitMode};
use crate::VM;
use crate::chunk::Chunk;
use crate::code::Code;
use crate::value::{Array, Kind, Value, array_layout};
use crate::vm::Math;

/// A loop or function that is to be compiled.
pub(crate) struct Place<'a> {
    pub(crate) chunk: &'a Chunk,
    pub(crate) code: &'a Code,
    /// The block that it starts with.
    pub(crate) block: usize,
    pub(crate) machine: Machine<'a>,
    pub(crate) mode: JitMode,
    /// Whether the run is, so that its fuel is counted.
    pub(crate) bounded: bool,
    pub(crate) tools: Option<&'a Tools>,
}

impl Place<'_> {
    /// Index of the first operation.
    pub(super) fn start(&self) -> usize {
        self.code.blocks()[self.block].start
    }

    /// The place to people.
    pub(super) fn name(&self) -> String {
        let start = self.start();
        format!("{} op {start}", self.chunk.location(start))
    }

    /// Whether somebody wants to see how the code came about.
    pub(super) fn is_listed(&self) -> bool {
        self.tools.is_some_and(|tools| tools.dump.is_some())
    }
}

/// What a machine holds at the moment.
///
/// Code depends on it by the answers to the questions below and by nothing else, so that whoever keeps
/// the code can keep with it what it depends on.
pub(crate) struct Machine<'a> {
    slots: &'a [Value],
    globals: &'a [Value],
    operands: &'a [Value],
    vm: &'a VM,
    #[cfg(feature = "jit-disk-cache")]
    asked: RefCell<Vec<Question>>,
}

/// What is known of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ArrayFacts {
    /// The kind of the elements, if they are stored without tags.
    pub(super) packed: Option<Kind>,
    pub(super) is_empty: bool,
    /// Whether it has no other owner.
    pub(super) is_only: bool,
}

/// The answer where there is nothing. No other one is this number.
const NOTHING: u8 = u8::MAX;

/// The answer that depends on what somebody else's code does, which is not kept.
const SOMEBODY: u8 = NOTHING - 1;

impl<'a> Machine<'a> {
    /// The machine with the slots of its innermost frame and the operands of its innermost call.
    pub(crate) fn new(vm: &'a VM, slots: &'a [Value], operands: &'a [Value]) -> Self {
        Machine {
            slots,
            globals: vm.globals(),
            operands,
            vm,
            #[cfg(feature = "jit-disk-cache")]
            asked: RefCell::default(),
        }
    }
}

/// The questions.
impl Place<'_> {
    /// What a slot holds.
    pub(super) fn slot_kind(&self, slot: usize) -> Kind {
        let kind = self
            .machine
            .slots
            .get(slot)
            .map_or(Kind::Undef, Value::kind);
        self.note(Topic::Slot, slot, kind as u8);
        kind
    }

    /// How many slots the frame has.
    pub(super) fn slot_count(&self) -> usize {
        let count = self.machine.slots.len();
        self.note(Topic::SlotCount, count, 0);
        count
    }

    /// What a global holds; `None` if it does not exist.
    pub(super) fn global_kind(&self, global: u16) -> Option<Kind> {
        let global = usize::from(global);
        let kind = self.machine.globals.get(global).map(Value::kind);
        self.note(Topic::Global, global, code_of(kind));
        kind
    }

    /// What the operands are.
    pub(super) fn operand_kinds(&self) -> Vec<Kind> {
        // The one behind the last tells how many there are.
        (0..).map_while(|at| self.operand_kind(at)).collect()
    }

    fn operand_kind(&self, at: usize) -> Option<Kind> {
        let kind = self.machine.operands.get(at).map(Value::kind);
        self.note(Topic::Operand, at, code_of(kind));
        kind
    }

    /// The array in a slot, if there is one.
    pub(super) fn array_in_slot(&self, slot: usize) -> Option<ArrayFacts> {
        let facts = self.machine.slots.get(slot).and_then(ArrayFacts::of);
        self.note(Topic::SlotArray, slot, ArrayFacts::code(facts));
        facts
    }

    /// The array in a global, if there is one.
    pub(super) fn array_in_global(&self, global: usize) -> Option<ArrayFacts> {
        let facts = self.machine.globals.get(global).and_then(ArrayFacts::of);
        self.note(Topic::GlobalArray, global, ArrayFacts::code(facts));
        facts
    }

    /// What the builtin computes that a name of the chunk stands for, if that is known.
    pub(super) fn math(&self, name: u16) -> Option<Math> {
        let math = self.machine.vm.math(name);
        let number = math.and_then(|math| Math::ALL.iter().position(|&known| known == math));
        let number = number.map_or(NOTHING, |number| number as u8);
        self.note(Topic::Math, usize::from(name), number);
        math
    }

    /// Who says what extension operations do, without or with a wide operand.
    pub(super) fn extension(&self, is_wide: bool) -> Option<&Arc<dyn JitExtension>> {
        let extension = self.machine.vm.jit_extension(is_wide);
        let answer = extension.map_or(NOTHING, |_| SOMEBODY);
        self.note(Topic::Extension, usize::from(is_wide), answer);
        extension
    }

    #[cfg(not(feature = "jit-disk-cache"))]
    fn note(&self, _topic: Topic, _index: usize, _answer: u8) {}

    #[cfg(feature = "jit-disk-cache")]
    fn note(&self, topic: Topic, index: usize, answer: u8) {
        let question = Question {
            topic,
            index,
            answer,
        };
        self.machine.asked.borrow_mut().push(question);
    }
}

const _: () = assert!(Math::ALL.len() < SOMEBODY as usize);

fn code_of(kind: Option<Kind>) -> u8 {
    kind.map_or(NOTHING, |kind| kind as u8)
}

impl ArrayFacts {
    fn of(value: &Value) -> Option<Self> {
        let array: &Array = match value {
            Value::Array(array) => array,
            _ => return None,
        };
        Some(ArrayFacts {
            packed: array_layout::packed_kind(array),
            is_empty: array.is_empty(),
            is_only: array_layout::is_only(array),
        })
    }

    fn code(facts: Option<Self>) -> u8 {
        const UNPACKED: u8 = 0x1f;
        facts.map_or(NOTHING, |facts| {
            facts.packed.map_or(UNPACKED, |kind| kind as u8)
                | u8::from(facts.is_empty) << 5
                | u8::from(facts.is_only) << 6
        })
    }
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    SlotCount,
    Slot,
    Global,
    Operand,
    SlotArray,
    GlobalArray,
    Math,
    Extension,
}

/// A question that was asked, with its answer.
#[cfg(feature = "jit-disk-cache")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    topic: Topic,
    index: usize,
    answer: u8,
}

#[cfg(feature = "jit-disk-cache")]
impl Place<'_> {
    /// The questions since this was last called, each once.
    pub(super) fn take_questions(&self) -> Vec<Question> {
        let mut questions = self.machine.asked.take();
        questions.sort_unstable();
        questions.dedup();
        questions
    }

    /// Whether a question has the answer here that it had then.
    pub(super) fn agrees(&self, question: Question) -> bool {
        let Question { topic, index, .. } = question;
        match topic {
            Topic::SlotCount => {
                self.slot_count();
            }
            Topic::Slot => {
                self.slot_kind(index);
            }
            Topic::Operand => {
                self.operand_kind(index);
            }
            Topic::SlotArray => {
                self.array_in_slot(index);
            }
            Topic::GlobalArray => {
                self.array_in_global(index);
            }
            Topic::Global => {
                self.global_kind(index as u16);
            }
            Topic::Math => {
                self.math(index as u16);
            }
            Topic::Extension => {
                self.extension(index == 1);
            }
        }
        self.machine.asked.borrow_mut().pop() == Some(question)
    }
}

#[cfg(feature = "jit-disk-cache")]
impl Question {
    /// Its form in files. `None` if what the answer means may be something else there.
    pub(super) fn to_bytes(self) -> Option<[u8; Self::LEN]> {
        if self.answer == SOMEBODY {
            return None;
        }
        let [a, b, c, d] = u32::try_from(self.index).ok()?.to_le_bytes();
        Some([self.topic as u8, self.answer, a, b, c, d])
    }

    pub(super) const LEN: usize = 6;

    /// The question of a form. `None` if there is no such question.
    pub(super) fn from_bytes([topic, answer, a, b, c, d]: [u8; Self::LEN]) -> Option<Self> {
        const TOPICS: [Topic; 8] = [
            Topic::SlotCount,
            Topic::Slot,
            Topic::Global,
            Topic::Operand,
            Topic::SlotArray,
            Topic::GlobalArray,
            Topic::Math,
            Topic::Extension,
        ];
        Some(Question {
            topic: *TOPICS.get(usize::from(topic))?,
            index: u32::from_le_bytes([a, b, c, d]) as usize,
            answer,
        })
    }
}
