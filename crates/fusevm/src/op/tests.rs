use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::extremes::extreme_ops;
use super::*;
use crate::value::Kind;

fn hash(op: Op) -> u64 {
    let mut hasher = DefaultHasher::new();
    op.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_frozen_ops_keep_their_numbers() {
    assert!(Opcode::ALL.len() >= 187);
    let landmarks = [
        (Opcode::Nop, 0),
        (Opcode::LoadUndef, 6),
        (Opcode::MakeArray, 28),
        (Opcode::Add, 39),
        (Opcode::StrCmp, 64),
        (Opcode::Call, 79),
        (Opcode::ReadLine, 86),
        (Opcode::PostDecSlot, 104),
        (Opcode::ExtendedWide, 107),
        (Opcode::WithRedirectsEnd, 136),
        (Opcode::AwkFieldGet, 137),
        (Opcode::AwkGensub, 186),
        (Opcode::NewArray, 187),
        (Opcode::ContainerValues, 201),
        (Opcode::LoadFunction, 202),
        (Opcode::IndexOrUndef, 204),
        (Opcode::Unwind, 207),
    ];
    for (opcode, number) in landmarks {
        assert_eq!(opcode as u8, number, "{opcode:?}");
    }
}

#[test]
fn opcodes_are_found_by_name_and_number() {
    for (index, &opcode) in Opcode::ALL.iter().enumerate() {
        assert_eq!(opcode as usize, index);
        assert_eq!(Opcode::from_index(opcode as u8), Some(opcode));
        assert_eq!(Opcode::from_name(opcode.info().name), Some(opcode));
        assert_eq!(format!("{opcode:?}"), opcode.info().name);
    }
    assert_eq!(Opcode::from_name("add"), None);
    assert_eq!(Opcode::from_index(u8::MAX), None);
}

#[test]
fn operands_make_the_same_op_again() {
    for op in extreme_ops() {
        let values: Vec<_> = op.operands().map(|(_, value)| value).collect();
        let again = Op::from_operands(op.opcode(), &values).expect("own operands fit");
        // The hash tells NaNs and zeros apart, `==` does not.
        assert_eq!(
            (op.opcode(), hash(op)),
            (again.opcode(), hash(again)),
            "{op:?}"
        );
    }
}

#[test]
fn stored_forms_follow_the_table() {
    for op in extreme_ops() {
        let bytes = bincode::serialize(&op).expect("ops serialise");
        assert_eq!(
            bytes[..4],
            u32::from(op.opcode() as u8).to_le_bytes(),
            "{op:?}"
        );
        let again: Op = bincode::deserialize(&bytes).expect("ops deserialise");
        assert_eq!(hash(op), hash(again), "{op:?}");
        // JSON has no NaN and no infinities.
        if !matches!(op, Op::LoadFloat(x) if !x.is_finite()) {
            let text = serde_json::to_string(&op).expect("ops serialise");
            let again: Op = serde_json::from_str(&text).expect("ops deserialise");
            assert_eq!(hash(op), hash(again), "{text}");
        }
    }
    let json = [
        (Op::Add, r#""Add""#),
        (Op::LoadInt(4), r#"{"LoadInt":4}"#),
        (Op::Call(1, 2), r#"{"Call":[1,2]}"#),
        (
            Op::SlotLtIntJumpIfFalse(1, -2, 3),
            r#"{"SlotLtIntJumpIfFalse":[1,-2,3]}"#,
        ),
    ];
    for (op, text) in json {
        assert_eq!(serde_json::to_string(&op).expect("ops serialise"), text);
        assert_eq!(
            serde_json::from_str::<Op>(text).expect("ops deserialise"),
            op
        );
    }
}

#[test]
fn wrong_operands_are_refused() {
    use OperandValue::{Float, Int, UInt};
    let cases: &[(Opcode, &[OperandValue], &str)] = &[
        (Opcode::Add, &[Int(1)], "Add takes no operands, found 1"),
        (
            Opcode::Pop,
            &[Int(1), Int(2)],
            "Pop takes no operands, found 2",
        ),
        (Opcode::LoadInt, &[], "LoadInt takes 1 operand, found 0"),
        (Opcode::Call, &[UInt(1)], "Call takes 2 operands, found 1"),
        (
            Opcode::Call,
            &[UInt(0), UInt(256)],
            "operand `argc` of Call must be an integer from 0 to 255, found 256",
        ),
        (
            Opcode::GetSlot,
            &[Int(-1)],
            "operand `slot` of GetSlot must be an integer from 0 to 65535, found -1",
        ),
        (
            Opcode::LoadInt,
            &[Float(1.0)],
            "operand `value` of LoadInt must be an integer of 64 bits, found 1.0",
        ),
        (
            Opcode::LoadFloat,
            &[Int(1)],
            "operand `value` of LoadFloat must be a float, found 1",
        ),
    ];
    for (opcode, values, message) in cases {
        let error = Op::from_operands(*opcode, values).expect_err(message);
        assert_eq!(error.to_string(), *message);
    }
    assert_eq!(
        Op::from_operands(Opcode::GetSlot, &[Int(7)]),
        Ok(Op::GetSlot(7))
    );
}

#[test]
fn hashes_tell_float_bits_apart() {
    assert_eq!(Op::LoadFloat(0.0), Op::LoadFloat(-0.0));
    assert_ne!(hash(Op::LoadFloat(0.0)), hash(Op::LoadFloat(-0.0)));
    assert_eq!(hash(Op::LoadFloat(f64::NAN)), hash(Op::LoadFloat(f64::NAN)));
    assert_ne!(hash(Op::GetSlot(1)), hash(Op::SetSlot(1)));
    assert_ne!(hash(Op::Call(1, 2)), hash(Op::Call(2, 1)));
}

#[test]
fn branches_are_the_ops_with_a_target() {
    for mut op in extreme_ops() {
        let branch = op.opcode().info().is(OpFlags::BRANCH);
        let before = op;
        assert_eq!(op.target().is_some(), branch, "{op:?}");
        assert_eq!(op.set_target(7), branch, "{op:?}");
        let expected = if branch { Some(7) } else { before.target() };
        assert_eq!(op.target(), expected);
        if !branch {
            assert_eq!(hash(op), hash(before));
        }
    }
    let mut op = Op::SlotIncLtIntJumpBack(1, 2, 3);
    assert!(op.set_target(9));
    assert_eq!(op, Op::SlotIncLtIntJumpBack(1, 2, 9));
}

#[test]
fn stack_effects() {
    let known = [
        (Op::Nop, 0, 0),
        (Op::Add, 2, 1),
        (Op::Dup, 1, 2),
        (Op::Dup2, 2, 4),
        (Op::Rot, 3, 3),
        (Op::SlotArraySet(0), 2, 0),
        (Op::MakeArray(300), 300, 1),
        (Op::MakeHash(0), 0, 1),
        (Op::JumpIfTrueKeep(0), 1, 1),
        (Op::JumpIfFalse(0), 1, 0),
        (Op::ReturnValue, 1, 0),
        (Op::PrintLn(3), 3, 0),
        (Op::RangeStep, 3, 1),
        (Op::MapBlock(0), 1, 1),
        (Op::ForEachBlock(0), 1, 0),
        (Op::SortDefault, 1, 1),
        (Op::PreIncSlot(0), 0, 1),
        (Op::PreIncSlotVoid(0), 0, 0),
        (Op::ExecBg(4), 4, 1),
        (Op::ExpandParam(param_mod::DEFAULT), 2, 1),
        (Op::ExpandParam(param_mod::LENGTH), 1, 1),
        (Op::ExpandParam(param_mod::RSTRIP_LONG), 2, 1),
        (Op::ExpandParam(param_mod::SUBST_FIRST), 3, 1),
        (Op::ExpandParam(param_mod::SLICE), 3, 1),
        (Op::ExpandParam(200), 1, 1),
        (Op::AwkPrintf(3), 3, 0),
        (Op::AwkGetline(1), 0, 1),
        (Op::AwkGetline(2), 1, 1),
        (Op::AwkGetline(5), 1, 1),
        (Op::AwkGetline(6), 0, 1),
        (Op::AwkLength(0), 0, 1),
        (Op::AwkLength(9), 9, 1),
        (Op::AwkSrand(2), 2, 1),
        (Op::AwkGensub(4), 4, 1),
        (Op::LoadFunction(4), 0, 1),
    ];
    for (op, pops, pushes) in known {
        assert_eq!(
            op.stack_effect(),
            StackEffect {
                pops,
                pushes,
                known: true
            },
            "{op:?}"
        );
    }
    let unknown = Opcode::ALL
        .iter()
        .filter(|opcode| opcode.info().is(OpFlags::UNKNOWN));
    assert_eq!(
        unknown.collect::<Vec<_>>(),
        [
            &Opcode::Call,
            &Opcode::PopFrame,
            &Opcode::CallBuiltin,
            &Opcode::Extended,
            &Opcode::ExtendedWide,
            &Opcode::Exec,
            &Opcode::CallFunction,
            &Opcode::CallValue,
            &Opcode::Unwind,
        ]
    );
    assert_eq!(
        Op::Call(0, 3).stack_effect(),
        StackEffect {
            pops: 3,
            pushes: 0,
            known: false
        }
    );
}

#[test]
fn awk_ops_have_ids_in_the_reserved_range() {
    let mut ids = HashSet::new();
    for &opcode in Opcode::ALL {
        let id = opcode.awk_id();
        assert_eq!(
            id.is_some(),
            opcode.info().section == Section::Awk,
            "{opcode:?}"
        );
        if let Some(id) = id {
            assert!(
                AWK_EXTENSION_IDS.contains(&id) && ids.insert(id),
                "{opcode:?}"
            );
            assert_eq!(Opcode::from_awk_id(id), Some(opcode));
        }
    }
    assert_eq!(Opcode::AwkGensub.awk_id(), Some(40_071));
    assert_eq!(Opcode::from_awk_id(40_006), None);
}

#[test]
fn results_follow_from_the_pictures() {
    let results = [
        (Opcode::LoadInt, Some(Kind::Int)),
        (Opcode::NumLt, Some(Kind::Bool)),
        (Opcode::Add, None),
        (Opcode::MakeHash, Some(Kind::Hash)),
        (Opcode::GetStatus, Some(Kind::Status)),
        (Opcode::SetStatus, None),
        (Opcode::LoadUndef, Some(Kind::Undef)),
        (Opcode::Call, None),
    ];
    for (opcode, result) in results {
        assert_eq!(opcode.info().result, result, "{opcode:?}");
    }
}

#[test]
fn commutative_ops_take_two_values() {
    for opcode in Opcode::ALL {
        let info = opcode.info();
        if info.is(OpFlags::COMMUTATIVE) {
            assert_eq!(
                (info.stack.pops(), info.stack.pushes()),
                (2, 1),
                "{opcode:?}"
            );
        }
    }
}

#[test]
fn every_row_is_documented() {
    for opcode in Opcode::ALL {
        let info = opcode.info();
        assert!(
            info.doc.ends_with('.') && !info.doc.contains(['|', '\n']),
            "{opcode:?}"
        );
        assert!(reference().contains(info.doc) && describe(*opcode).contains(info.doc));
    }
}

#[test]
fn codes_and_names_agree() {
    type NameOf = fn(u8) -> Option<&'static str>;
    type CodeOf = fn(&str) -> Option<u8>;
    let modules: [(NameOf, CodeOf, u8); 3] = [
        (file_test::name, file_test::code, 12),
        (redirect_op::name, redirect_op::code, 9),
        (param_mod::name, param_mod::code, 18),
    ];
    for (name, code, count) in modules {
        for number in 0..count {
            assert_eq!(name(number).and_then(code), Some(number));
        }
        assert_eq!(name(count), None);
        assert_eq!(code("nothing"), None);
    }
    assert_eq!(param_mod::SLICE, 17);
    assert_eq!(redirect_op::name(1), Some("APPEND"));
}

#[test]
fn a_description_shows_operands_and_effect() {
    assert_eq!(
        describe(Opcode::SetSlot),
        "SetSlot(slot: Slot)
  stack    value ->
  class    vm
  section  Variables and slots
  number   16
  slot     A slot of the current frame. (u16)

Stores the top value in a slot of the current frame.
"
    );
}

/// `cargo xtask ops-doc` rewrites the page.
#[test]
fn the_reference_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ops.md");
    let page = std::fs::read_to_string(path).expect("docs/ops.md exists");
    assert!(
        page == reference(),
        "docs/ops.md is stale; run `cargo xtask ops-doc`"
    );
}
