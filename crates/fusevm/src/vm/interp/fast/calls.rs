//! Calls, and returns from functions of the chunk.

use super::super::regs::Call;
use super::handlers;

handlers! {
    fn call(r, inst) {
        let entry = inst.c as u32;
        let opened = r.open_call(Call {
            entry,
            window: inst.b as usize,
            argc: usize::from(inst.a),
            moved: false,
            trusted: inst.c >> 32 != 0,
        });
        if !opened {
            return r.miss::<R>(inst);
        }
        r.go_to_index::<R>(entry as usize)
    }

    fn call_with_arguments(r, inst) {
        let (argc, behind) = (usize::from(inst.a), inst.c as u32);
        let opened = r.has_room((inst.c >> 32) as usize)
            && r.open_call(Call {
                entry: behind - argc as u32,
                window: inst.b as usize,
                argc,
                moved: true,
                trusted: true,
            });
        if !opened {
            return r.miss::<R>(inst);
        }
        r.go_to_index::<R>(behind as usize)
    }

    fn call_named(r, inst) {
        let (name, argc) = (inst.index(), inst.a as u8);
        let outcome = r.with_host(|vm| vm.call_by_name(name, argc));
        r.settle(outcome)
    }

    fn call_builtin(r, inst) {
        let outcome = r.call_builtin(inst.index(), inst.a as u8);
        r.settle(outcome)
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
