//! Block operations: map, grep, sort and for-each over the elements of an array.
//!
//! Each one that is open has a frame of kind [`FrameKind::Iteration`] and an [`Iteration`]. The
//! block runs in the slots of the frame below, with the elements pushed on the operand stack.
//! A pass ends when control reaches the end of the block's range. A jump to anywhere outside the
//! range, or a return, abandons the operation: what it has collected is dropped and nothing is
//! pushed. An operation inside a block may have a range anywhere: while it is open, only its own
//! range counts.
//!
//! Where control can leave a range only at its end, that end is the one place to look whether a pass
//! is over. While another range is open, every block of code looks.

use std::cmp::Ordering;

use super::VM;
use super::frame::{FrameKind, FrameRecord};
use super::heap::Tracer;
use crate::chunk::flow::block_continuation;
use crate::code::Code;
use crate::op::Op;
use crate::semantics::sort::{Comparator, MergeSort, sort_by};
use crate::semantics::{Context, Dialect, Fault, Memory, Numeric, collect};
use crate::value::account::Held;
use crate::value::{Array, Value};

/// Which block operation is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockOp {
    Map,
    Grep,
    Sort,
    ForEach,
}

impl BlockOp {
    fn name(self) -> &'static str {
        match self {
            BlockOp::Map => "MapBlock",
            BlockOp::Grep => "GrepBlock",
            BlockOp::Sort => "SortBlock",
            BlockOp::ForEach => "ForEachBlock",
        }
    }
}

/// The state of an open block operation.
pub(crate) struct Iteration {
    start: usize,
    end: usize,
    /// The position of its frame.
    frame: usize,
    /// Whether control leaves the range only at its end.
    is_closed: bool,
    task: Task,
}

enum Task {
    Map {
        items: Array,
        next: usize,
        results: Value,
    },
    Grep {
        items: Array,
        next: usize,
        results: Value,
    },
    ForEach {
        items: Array,
        next: usize,
    },
    Sort {
        sort: MergeSort,
        /// The memory that it takes besides the values themselves.
        _scratch: Held,
    },
}

impl Task {
    fn new(op: BlockOp, items: Array, memory: &Memory) -> Result<Self, Fault> {
        let results = Value::Array(Array::new());
        Ok(match op {
            BlockOp::Map => Task::Map {
                items,
                next: 0,
                results,
            },
            BlockOp::Grep => Task::Grep {
                items,
                next: 0,
                results,
            },
            BlockOp::ForEach => Task::ForEach { items, next: 0 },
            BlockOp::Sort => {
                // Before, after, and the array that comes of it.
                let bytes = items.len().saturating_mul(3 * size_of::<Value>());
                let _scratch = memory.hold(bytes)?;
                Task::Sort {
                    sort: MergeSort::new(items.to_vec()),
                    _scratch,
                }
            }
        })
    }

    /// The operands of the next pass: one element, or a pair to compare. `None` when done.
    fn operands(&mut self) -> Option<(Value, Option<Value>)> {
        match self {
            Task::Map { items, next, .. }
            | Task::Grep { items, next, .. }
            | Task::ForEach { items, next } => {
                let item = items.get(*next)?;
                *next += 1;
                Some((item, None))
            }
            Task::Sort { sort, .. } => {
                let (left, right) = sort.pending()?;
                Some((left.clone(), Some(right.clone())))
            }
        }
    }

    /// Takes what a pass left.
    fn accept(&mut self, context: &mut Context<'_>, result: Value) -> Result<(), Fault> {
        match self {
            Task::Map { results, .. } => collect::array_push(context, results, result),
            Task::Grep {
                items,
                next,
                results,
            } => {
                if !context.numeric.dialect.truth(&result) {
                    return Ok(());
                }
                let item = items.get(*next - 1).unwrap_or_default();
                collect::array_push(context, results, item)
            }
            Task::ForEach { .. } => Ok(()),
            Task::Sort { sort, .. } => {
                sort.answer(order(context.numeric.dialect, &result));
                Ok(())
            }
        }
    }

    /// What the whole operation pushes.
    fn finish(self) -> Option<Value> {
        match self {
            Task::Map { results, .. } | Task::Grep { results, .. } => Some(results),
            Task::ForEach { .. } => None,
            Task::Sort { sort, .. } => Some(Value::Array(sort.into_sorted().into())),
        }
    }
}

impl Iteration {
    /// Follows the values that the operation holds.
    pub(super) fn trace<'v>(&'v self, tracer: &mut Tracer<'v>) {
        let (items, values) = self.parts();
        if let Some(items) = items {
            tracer.array(items);
        }
        values.for_each(|value| tracer.value(value));
    }

    /// The array and the values that the operation holds.
    pub(super) fn parts(&self) -> (Option<&Array>, impl Iterator<Item = &Value>) {
        let (items, results, sort) = match &self.task {
            Task::Map { items, results, .. } | Task::Grep { items, results, .. } => {
                (Some(items), Some(results), None)
            }
            Task::ForEach { items, .. } => (Some(items), None, None),
            Task::Sort { sort, .. } => (None, None, Some(sort)),
        };
        let sorted = sort.into_iter().flat_map(MergeSort::values);
        (items, results.into_iter().chain(sorted))
    }
}

/// What a block compares by, if it does nothing else. In a run that nothing bounds nobody can tell
/// whether such a block runs.
fn comparator(block: &[Op]) -> Option<Comparator> {
    let (reversed, compare) = match block {
        [compare] => (false, compare),
        [Op::Swap, compare] => (true, compare),
        _ => return None,
    };
    let by_text = match compare {
        Op::Spaceship => false,
        Op::StrCmp => true,
        _ => return None,
    };
    Some(Comparator { by_text, reversed })
}

/// The result of a comparison block.
fn order(dialect: Dialect, result: &Value) -> Ordering {
    dialect.int(result).cmp(&0)
}

impl VM {
    /// Starts a block operation whose operation stands right before `ip`.
    pub(super) fn begin_iteration(&mut self, op: BlockOp, block: u16) -> Result<(), Fault> {
        let operand = self.pop();
        let Value::Array(items) = operand else {
            return Err(Fault::NotAnArray {
                op: op.name(),
                found: operand.kind(),
            });
        };
        let range = self.chunk.block_ranges.get(usize::from(block)).copied();
        let len = self.chunk.ops.len();
        let Some((start, end)) = range.filter(|&(start, end)| start <= end && end <= len) else {
            return Err(Fault::UndefinedBlock(block));
        };
        // A sort holds the elements unpacked.
        let unpacked = items.len().saturating_mul(size_of::<Value>());
        self.resources.memory.admit(unpacked)?;
        let return_ip = block_continuation(self.ip - 1, (start, end));
        if op == BlockOp::Sort
            && self.stream().has_regions()
            && self.frames.len() < self.limits.call_depth
            && let Some(comparator) = comparator(&self.chunk.ops[start..end])
        {
            // If this fails, so does the block, which says where.
            let mut context = self.resources.context(self.chunk.numeric);
            if let Ok(sorted) = sort_by(&mut context, &items, comparator) {
                self.ip = return_ip;
                return self.stack.push(Value::Array(sorted));
            }
        }
        let memory = &self.resources.memory;
        let task = Task::new(op, items, memory)?;
        self.iterations
            .try_reserve_within(1, memory.room())
            .map_err(|_| memory.exhausted())?;
        let around = self.top_frame();
        self.open_frame(FrameRecord {
            kind: FrameKind::Iteration,
            trusted: false,
            return_ip: return_ip as u32,
            entry: 0,
            stack_base: self.stack.len() as u32,
            slot_base: around.slot_base,
            floor_below: self.floor as u32,
            slots_below: around.slot_base,
            nesting: around.nesting + 1,
        })?;
        let is_closed = Code::of(&self.chunk).is_closed_range(block);
        self.open_ranges += usize::from(!is_closed);
        self.iterations.push(Iteration {
            start,
            end,
            frame: self.frames.len() - 1,
            is_closed,
            task,
        });
        self.epoch += 1;
        self.next_pass()
    }

    /// Does what reaching `ip` means to the block operations that the current call has open:
    /// leaves those whose range does not contain it, and ends a pass of the one whose end it is.
    /// Says whether it moved `ip`.
    pub(super) fn settle_iterations(&mut self, numeric: Numeric) -> Result<bool, Fault> {
        while let Some(&Iteration {
            start, end, frame, ..
        }) = self.current_iteration()
        {
            if !(start..=end).contains(&self.ip) {
                self.abandon(frame);
            } else if self.ip < end {
                return Ok(false);
            } else {
                self.end_pass(numeric)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The innermost open block operation, if it belongs to the current call.
    fn current_iteration(&self) -> Option<&Iteration> {
        let inner = self.inner_frames();
        self.iterations
            .last()
            .filter(|iteration| iteration.frame >= inner)
    }

    /// Closes the block operation whose frame is at position `frame`, and what it left.
    fn abandon(&mut self, frame: usize) {
        let base = self.frames[frame].stack_base as usize;
        self.close_frames(frame);
        self.stack.truncate(base);
        self.epoch += 1;
    }

    /// Closes a block operation that cannot go on. Running again continues behind it.
    fn fail(&mut self, frame: usize, fault: Fault) -> Fault {
        self.ip = self.frames[frame].return_ip as usize;
        self.abandon(frame);
        fault
    }

    /// Ends a pass of the innermost block operation.
    fn end_pass(&mut self, numeric: Numeric) -> Result<(), Fault> {
        let Some(iteration) = self.iterations.last_mut() else {
            return Ok(());
        };
        let frame = iteration.frame;
        let base = self.frames[frame].stack_base as usize;
        let left_one = self.stack.len() > base;
        let result = if left_one { self.stack.pop() } else { None };
        let mut context = self.resources.context(numeric);
        iteration
            .task
            .accept(&mut context, result.unwrap_or_default())
            .map_err(|fault| self.fail(frame, fault))?;
        if self.frames.len() > frame + 1 {
            // Scopes that the block left open end with the pass.
            self.close_frames(frame + 1);
            self.epoch += 1;
        }
        self.stack.truncate(base);
        self.next_pass()
    }

    /// Enters the innermost block operation's next pass, or finishes it.
    fn next_pass(&mut self) -> Result<(), Fault> {
        let Some(iteration) = self.iterations.last_mut() else {
            return Ok(());
        };
        let (start, frame) = (iteration.start, iteration.frame);
        if let Some((first, second)) = iteration.task.operands() {
            self.ip = start;
            let mut pushed = self.stack.push(first);
            if let Some(second) = second {
                pushed = pushed.and_then(|()| self.stack.push(second));
            }
            return pushed.map_err(|fault| self.fail(frame, fault));
        }
        self.epoch += 1;
        self.ip = self.top_frame().return_ip as usize;
        self.frames.pop();
        let finished = self
            .pop_iteration()
            .and_then(|iteration| iteration.task.finish());
        finished.map_or(Ok(()), |result| self.stack.push(result))
    }

    /// Whether no block operation is open.
    pub(super) fn has_no_iterations(&self) -> bool {
        self.iterations.is_empty()
    }

    /// Forgets the innermost block operation.
    pub(super) fn pop_iteration(&mut self) -> Option<Iteration> {
        let iteration = self.iterations.pop()?;
        self.open_ranges -= usize::from(!iteration.is_closed);
        Some(iteration)
    }

    /// Closes every open block operation, of all calls: their ranges no longer exist.
    pub(super) fn abandon_iterations(&mut self) {
        if self.iterations.is_empty() {
            return;
        }
        self.iterations.clear();
        self.open_ranges = 0;
        self.frames
            .retain(|frame| frame.kind != FrameKind::Iteration);
        let mut nesting = 0;
        for frame in self.frames.iter_mut() {
            nesting = if frame.kind.is_call() { 0 } else { nesting + 1 };
            frame.nesting = nesting;
        }
    }
}
