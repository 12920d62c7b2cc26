//! Which operations are compiled together.

use std::collections::BTreeSet;

use super::state::Holder;
use super::{MAX_OPS, Refusal};
use crate::chunk::flow::successors;
use crate::jit::loops::loops;
use crate::jit::place::Place;
use crate::op::Op;

/// Operations that one machine function is made of.
#[derive(Debug, Clone)]
pub(super) struct Region {
    /// The number of the block that it starts with.
    pub(super) head: usize,
    /// Its operations.
    pub(super) members: BTreeSet<usize>,
}

impl Region {
    /// The loop that starts with `block`: the operations from which a jump goes back to its head
    /// without passing it. A block may go on behind the end of a loop. `None` if nothing goes back.
    ///
    /// # Errors
    /// When it is too long.
    pub(super) fn of_loop(place: &Place<'_>, block: usize) -> Result<Option<Self>, Refusal> {
        let ops = &place.chunk.ops;
        let head = place.code.blocks()[block].start;
        let mut before = vec![Vec::new(); ops.len()];
        for (at, op) in ops.iter().enumerate() {
            for next in successors(place.chunk, at, op) {
                if let Some(before) = before.get_mut(next) {
                    before.push(at);
                }
            }
        }
        let mut work = before[head].clone();
        work.retain(|&at| at >= head);
        if work.is_empty() {
            return Ok(None);
        }
        let mut members = BTreeSet::from([head]);
        while let Some(at) = work.pop() {
            if members.insert(at) {
                work.extend(&before[at]);
            }
            if members.len() > MAX_OPS {
                return Err("it is too long");
            }
        }
        Ok(Some(Region {
            head: block,
            members,
        }))
    }

    /// Whether a loop is inside the loop that this is.
    pub(super) fn has_loops_inside(&self, place: &Place<'_>) -> bool {
        let ops = &place.chunk.ops;
        let head = place.code.blocks()[self.head].start;
        let loops = loops(self.members.iter().map(|&at| (at, &ops[at])));
        let own = loops.get(&head).copied().unwrap_or(head);
        let inside = loops.range(head + 1..);
        inside.into_iter().any(|(_, &end)| end <= own)
    }

    /// Whether its operations assign to a slot before they read it, whatever way they take.
    pub(super) fn assigns_first(&self, place: &Place<'_>, slot: usize) -> bool {
        let ops = &place.chunk.ops;
        let mut work = vec![place.code.blocks()[self.head].start];
        let mut seen = BTreeSet::new();
        while let Some(at) = work.pop() {
            if !self.members.contains(&at) || !seen.insert(at) {
                continue;
            }
            match &ops[at] {
                Op::SetSlot(to) if usize::from(*to) == slot => {}
                op if Holder::named_by(*op).any(|holder| holder == Holder::Slot(slot)) => {
                    return false;
                }
                op => work.extend(successors(place.chunk, at, op)),
            }
        }
        true
    }

    /// The function that starts with `block`: what is reached from there without a call.
    ///
    /// # Errors
    /// When it is too long.
    pub(super) fn of_function(place: &Place<'_>, block: usize) -> Result<Self, Refusal> {
        let ops = &place.chunk.ops;
        let mut work = vec![place.code.blocks()[block].start];
        let mut members = BTreeSet::new();
        while let Some(at) = work.pop() {
            let Some(op) = ops.get(at) else { continue };
            if members.insert(at) {
                work.extend(successors(place.chunk, at, op));
            }
            if members.len() > MAX_OPS {
                return Err("it is too long");
            }
        }
        Ok(Region {
            head: block,
            members,
        })
    }
}
