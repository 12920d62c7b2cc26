//! Constants, slots and globals.

use super::super::regs::Regs;
use super::{Next, Rules, handlers};
use crate::code::Inst;
use crate::value::{Plain, is_plain};

handlers! {
    fn load_int(r, inst) {
        r.push_plain(Plain::int(inst.c as i64));
        r.next::<R>()
    }

    fn load_float(r, inst) {
        r.push_plain(Plain::float(f64::from_bits(inst.c)));
        r.next::<R>()
    }

    fn load_true(r, _inst) {
        r.push_plain(Plain::bool(true));
        r.next::<R>()
    }

    fn load_false(r, _inst) {
        r.push_plain(Plain::bool(false));
        r.next::<R>()
    }

    fn load_undef(r, _inst) {
        r.push_plain(Plain::UNDEF);
        r.next::<R>()
    }

    fn load_const(r, inst) if { is_plain(r.constant(inst.a)) } {
        let value = r.constant(inst.a);
        r.push_copy(value);
        r.next::<R>()
    }

    fn get_slot(r, inst) if { is_plain(r.slot(inst.a)) } {
        r.copy_slot(inst.a);
        r.next::<R>()
    }

    fn get_two(r, inst) {
        if !(is_plain(r.slot(inst.a)) && is_plain(r.slot(inst.index()))) {
            return r.run_as::<R>(get_any_two::<R>, inst);
        }
        r.copy_plain_slot(inst.a);
        r.copy_plain_slot(inst.index());
        r.skip(1);
        r.next::<R>()
    }

    #[inline(never)]
    fn get_any_two(r, inst) {
        r.copy_slot(inst.a);
        r.copy_slot(inst.index());
        r.skip(1);
        r.next::<R>()
    }

    fn set_slot(r, inst) if { is_plain(r.slot(inst.a)) } {
        r.pop_to_slot(inst.a);
        r.next::<R>()
    }

    fn move_slot(r, inst) if { is_plain(r.slot(inst.a)) && is_plain(r.slot(inst.b as u16)) } {
        r.copy_slot(inst.a);
        r.pop_to_slot(inst.b as u16);
        r.skip(1);
        r.next::<R>()
    }

    fn set_int(r, inst) {
        set::<R>(r, inst, Plain::int(inst.c as i64))
    }

    fn set_float(r, inst) {
        set::<R>(r, inst, Plain::float(f64::from_bits(inst.c)))
    }

    fn get_global(r, inst) if { r.existing_global(inst.a).is_some_and(|value| is_plain(value)) } {
        r.copy_global(inst.a);
        r.next::<R>()
    }

    fn set_global(r, inst) if { r.existing_global(inst.a).is_some_and(|value| is_plain(value)) } {
        if r.pop_to_existing_global(inst.a) {
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn pop(r, _inst) if { is_plain(r.operand(0)) } {
        r.discard();
        r.next::<R>()
    }

    fn dup(r, _inst) if { is_plain(r.operand(0)) } {
        r.push_copy_of_operand(0);
        r.next::<R>()
    }

    fn swap(r, _inst) {
        r.exchange();
        r.next::<R>()
    }
}

/// Sets slot `a` to a constant.
#[inline(always)]
fn set<R: Rules>(r: &mut Regs<'_, '_>, inst: &Inst, value: Plain) -> Next {
    if !is_plain(r.slot(inst.a)) {
        return r.miss::<R>(inst);
    }
    r.fill_slot(inst.a, value);
    r.skip(1);
    r.next::<R>()
}
