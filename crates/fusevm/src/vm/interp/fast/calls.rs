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
            return_ip,
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

    fn return_none(r, inst) {
        let frame = r.vm().top_frame();
        if frame.kind != FrameKind::Call {
            return r.miss::<R>(inst);
        }
        r.close_call(frame);
        r.go_to_index::<R>(frame.return_ip)
    }

    fn return_value(r, inst) {
        let frame = r.vm().top_frame();
        if frame.kind != FrameKind::Call || r.available() == 0 {
            return r.miss::<R>(inst);
        }
        r.close_call_with_value(frame);
        r.go_to_index::<R>(frame.return_ip)
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
        r.go_to_index::<R>(frame.return_ip)
    }
}
