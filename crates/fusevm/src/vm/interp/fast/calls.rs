//! Calls of functions of the chunk, and returns.

use super::handlers;
use crate::value::Plain;
use crate::vm::frame::{FrameKind, FrameRecord};

handlers! {
    fn call(r, inst) {
        let window = inst.b as usize;
        let taken = usize::from(inst.a).min(r.available());
        let base = r.height() - taken;
        let return_ip = r.ip();
        let vm = r.vm();
        let frame = FrameRecord {
            kind: FrameKind::Call,
            return_ip: return_ip as u32,
            entry: inst.c as u32,
            stack_base: base,
            slot_base: vm.slots.len(),
            floor_below: vm.floor,
            nesting: 0,
        };
        if !(vm.slots.has_room(window) && vm.has_room_for_frame()) {
            return r.miss::<R>(inst);
        }
        vm.frames.push(frame);
        vm.slots.push_undef_within(window);
        r.enter_frame(base);
        r.go_to_index::<R>(inst.c as usize)
    }

    fn call_with_arguments(r, inst) {
        let (argc, window) = (usize::from(inst.a), inst.b as usize);
        if r.available() < argc || !r.has_room((inst.c >> 32) as usize) {
            return r.miss::<R>(inst);
        }
        let base = r.height() - argc;
        let return_ip = r.ip();
        let vm = r.vm();
        let frame = FrameRecord {
            kind: FrameKind::Call,
            return_ip: return_ip as u32,
            entry: inst.c as u32 - argc as u32,
            stack_base: base,
            slot_base: vm.slots.len(),
            floor_below: vm.floor,
            nesting: 0,
        };
        if !(vm.slots.has_room(window) && vm.has_room_for_frame()) {
            return r.miss::<R>(inst);
        }
        vm.frames.push(frame);
        r.move_to_new_slots(argc, window);
        r.enter_frame(base);
        r.go_to_index::<R>(inst.c as u32 as usize)
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
        let frame = r.vm().top_frame();
        if frame.kind != FrameKind::Call {
            return r.miss::<R>(inst);
        }
        r.close_call(frame);
        r.go_to_index::<R>(frame.return_ip as usize)
    }

    fn return_value(r, inst) {
        let frame = r.vm().top_frame();
        if frame.kind != FrameKind::Call || r.available() == 0 {
            return r.miss::<R>(inst);
        }
        r.close_call_with_value(frame);
        r.go_to_index::<R>(frame.return_ip as usize)
    }

    fn return_slot(r, inst) {
        let frame = r.vm().top_frame();
        if frame.kind != FrameKind::Call {
            return r.miss::<R>(inst);
        }
        // The slot's value moves, since the frame ends.
        r.copy_slot(inst.a);
        r.store_slot_plain(inst.a, Plain::UNDEF);
        r.close_call_with_value(frame);
        r.go_to_index::<R>(frame.return_ip as usize)
    }
}
