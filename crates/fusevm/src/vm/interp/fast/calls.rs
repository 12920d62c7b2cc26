//! Calls, and returns from functions of the chunk.

use super::super::regs::{Call, Regs};
use super::{Next, Rules, handlers};
use crate::code::Inst;

handlers! {
    fn call(r, inst) {
        let entry = inst.c as u32;
        let call = Call {
            entry,
            window: inst.b as usize,
            argc: usize::from(inst.a),
            trusted: inst.c >> 32 != 0,
        };
        if r.available() < call.argc || !r.open_call(call, 0) {
            return r.miss::<R>(inst);
        }
        r.go_to_index::<R>(entry as usize)
    }

    fn call_with_arguments(r, inst) {
        call_moving::<R>(r, inst, usize::from(inst.a))
    }

    fn call_with_argument(r, inst) {
        call_moving::<R>(r, inst, 1)
    }

    fn call_with_two(r, inst) {
        call_moving::<R>(r, inst, 2)
    }

    fn call_named(r, inst) {
        if r.run_named(inst.index(), inst.a as u8) {
            return r.go_on::<R>();
        }
        r.stopped()
    }

    fn call_builtin(r, inst) {
        if r.run_builtin(inst.index(), inst.a as u8) {
            return r.go_on::<R>();
        }
        r.stopped()
    }

    fn return_none(r, inst) {
        match r.close_simple_call(false) {
            Some(frame) => r.go_to_index::<R>(frame.return_ip as usize),
            None => r.miss::<R>(inst),
        }
    }

    fn return_value(r, inst) {
        match r.close_simple_call(true) {
            Some(frame) => r.go_behind_call::<R>(frame),
            None => r.miss::<R>(inst),
        }
    }

    fn return_slot(r, inst) {
        if r.available() > 0 {
            return r.miss::<R>(inst);
        }
        r.copy_slot(inst.a);
        match r.close_simple_call(true) {
            Some(frame) => r.go_behind_call::<R>(frame),
            None => {
                r.discard();
                r.miss::<R>(inst)
            }
        }
    }
}

/// A call whose arguments, `argc` of them, are moved to the first slots of its frame.
#[inline(always)]
fn call_moving<R: Rules>(r: &mut Regs<'_, '_>, inst: &Inst, argc: usize) -> Next {
    let behind = inst.c as u32;
    let call = Call {
        entry: behind - argc as u32,
        window: inst.b as usize,
        argc,
        trusted: true,
    };
    if !r.has_room((inst.c >> 32) as usize) || !r.open_call(call, argc) {
        return r.miss::<R>(inst);
    }
    r.go_to_index::<R>(behind as usize)
}
