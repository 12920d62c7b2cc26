//! Entries of blocks, the end, and the way to everything that has no handler.

use super::super::regs::Stop;
use super::super::step;
use super::handlers;

handlers! {
    /// Carries out the operation at the present place.
    #[cold]
    #[inline(never)]
    fn general(r, _inst) {
        let outcome = step(r);
        r.settle(outcome)
    }

    fn end(r, inst) {
        if r.vm().has_no_iterations() {
            r.step_back();
            return r.settle(Err(Stop::End));
        }
        r.run_as::<R>(end_open_passes::<R>, inst)
    }

    /// [`end`] while block operations are open.
    #[inline(never)]
    fn end_open_passes(r, _inst) {
        let outcome = r.end();
        r.settle(outcome)
    }

    fn enter(r, inst) {
        #[cfg(feature = "jit")]
        if inst.a != 0 {
            if r.vm().awaits_trace(inst.c as u32) {
                return r.run_as::<R>(enter_anchor::<R>, inst);
            }
            if r.counts_pass(inst.c as u32) {
                return r.run_as::<R>(enter_native::<R>, inst);
            }
        }
        let (need, block) = ((inst.c >> 32) as usize, inst.c as u32);
        if r.available() < need || !r.has_room(inst.b as usize) {
            return r.run_as::<R>(enter_slowly::<R>, inst);
        }
        r.run_head::<R>(block)
    }

    /// [`enter`] at a loop that something is to be learnt of.
    #[cfg(feature = "jit")]
    #[cold]
    #[inline(never)]
    fn enter_anchor(r, inst) {
        let (need, block) = ((inst.c >> 32) as usize, inst.c as u32);
        if r.available() < need || !r.has_room(inst.b as usize) {
            return r.run_as::<R>(enter_slowly::<R>, inst);
        }
        if r.passes_anchor(block) {
            r.step_back();
            return r.settle(Err(Stop::Reload));
        }
        // The head's own instruction may do all passes at once.
        r.miss::<R>(inst)
    }

    /// [`enter`] at a loop that is passed often.
    #[cfg(feature = "jit")]
    #[cold]
    #[inline(never)]
    fn enter_native(r, inst) {
        let (need, block) = ((inst.c >> 32) as usize, inst.c as u32);
        if r.available() >= need && r.has_room(inst.b as usize) {
            if let Some(outcome) = r.run_native(block) {
                return r.settle(outcome);
            }
            return r.run_head::<R>(block);
        }
        r.run_as::<R>(enter_slowly::<R>, inst)
    }

    /// [`enter_watched`] at a loop that is passed often, and that has been paid for.
    #[cfg(feature = "jit")]
    #[cold]
    #[inline(never)]
    fn enter_native_watched(r, inst) {
        match r.run_native(inst.c as u32) {
            Some(outcome) => r.settle(outcome),
            None => r.run_head::<R>(inst.c as u32),
        }
    }

    /// [`enter`] where the stack is too short, or too small.
    #[cold]
    #[inline(never)]
    fn enter_slowly(r, inst) {
        r.enter_slowly((inst.c >> 32) as usize, inst.b as usize)
    }

    fn end_pass(r, inst) {
        if r.vm().has_no_iterations() {
            return r.run_as::<R>(enter::<R>, inst);
        }
        r.run_as::<R>(end_open_pass::<R>, inst)
    }

    /// [`end_pass`] while a block operation is open.
    #[inline(never)]
    fn end_open_pass(r, inst) {
        let (need, grow) = ((inst.c >> 32) as usize, inst.b as usize);
        let outcome = match r.end_pass(need, grow) {
            Ok(true) => Ok(()),
            Ok(false) => step(r),
            Err(stop) => Err(stop),
        };
        r.settle(outcome)
    }

    fn enter_watched(r, inst) {
        let outcome = r.attend(inst.c as u32);
        match outcome {
            #[cfg(feature = "jit")]
            Ok(Some(_)) if inst.a != 0 && r.counts_pass(inst.c as u32) => {
                r.run_as::<R>(enter_native_watched::<R>, inst)
            }
            Ok(Some(head)) => r.run::<R>(head),
            Ok(None) => r.settle(Ok(())),
            Err(stop) => r.settle(Err(stop)),
        }
    }
}
