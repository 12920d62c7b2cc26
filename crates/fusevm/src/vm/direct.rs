//! Running a chunk for its value and its slots alone.

use super::{OpenRun, VM};
use crate::chunk::Chunk;
use crate::code::Code;
use crate::value::Value;

impl VM {
    /// Whether the program has asked to [halt](Self::request_halt).
    pub(crate) fn is_halted(&self) -> bool {
        self.halted
    }

    /// Runs `chunk` on a machine that is clear, with the first `slots` in a frame that scopes share, and
    /// gives `finish` the value that it ends with and the slots as they are then. The machine is clear
    /// again afterwards. `None` if the run fails.
    pub(crate) fn run_in_one_frame<R>(
        &mut self,
        chunk: &Chunk,
        slots: impl Iterator<Item = i64>,
        finish: impl FnOnce(Option<Value>, &[Value]) -> R,
    ) -> Option<R> {
        let nothing = self.load(chunk.clone());
        self.one_frame = true;
        let window = Code::of(chunk).window_at(0);
        let loaded = self.slots.push_ints(slots, window).map_err(Box::new);
        let result = match loaded.and_then(|()| OpenRun::enter(self).vm.execute()) {
            Ok(returned) => {
                let value = match returned {
                    Some(value) => Some(*value),
                    None => self.stack.pop(),
                };
                Some(finish(value, self.slots.as_slice()))
            }
            Err(_) => None,
        };
        self.clear();
        self.load(nothing);
        result
    }
}
