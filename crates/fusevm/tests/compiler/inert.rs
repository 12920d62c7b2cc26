//! Without the feature everything is there and nothing is compiled.

use fusevm::{DeoptInfo, JitCompiler, Op, SlotKind, TraceLookup, TraceMetadata};

use crate::{chunk_of, plain_chunk};

#[test]
fn answers_are_those_of_nothing() {
    let jit = JitCompiler::new();
    let chunk = chunk_of(&[Op::LoadInt(40), Op::LoadInt(2), Op::Add, Op::Nop]);
    assert!(!jit.is_linear_eligible(&chunk) && !jit.is_block_eligible(&chunk));
    assert_eq!(jit.try_run_linear(&chunk, &[]), None);
    assert_eq!(jit.try_run_block(&chunk, &mut []), None);
    assert_eq!(jit.try_run_block_eager(&chunk, &mut []), None);
    assert!(!jit.block_jit_is_compiled(&chunk));
    assert_eq!(jit.find_jit_region(&chunk), None);
    assert!(jit.extract_region(&chunk, 1, 2).ptr_eq(&chunk));
    let empty = plain_chunk(&[], Default::default());
    assert_eq!(jit.find_jit_region(&empty), None);
}

#[test]
fn there_are_no_traces() {
    let jit = JitCompiler::new();
    let chunk = chunk_of(&[Op::LoadTrue, Op::JumpIfTrue(0)]);
    let (ops, ips, kinds) = (&chunk.ops[..], &[0, 1][..], &[SlotKind::Int][..]);
    let lookup = jit.trace_lookup(&chunk, 0, &mut [0], kinds, &mut DeoptInfo::zeroed());
    assert_eq!(lookup, TraceLookup::Skip);
    assert!(!jit.is_trace_eligible(ops, 0));
    assert!(!jit.trace_install(&chunk, 0, 2, ops, ips, kinds));
    assert!(!jit.trace_install_with_kind(&chunk, 7, 0, 2, ops, ips, kinds));
    jit.trace_abort(&chunk, 0);
    jit.trace_bump_side_exit(&chunk, 0);
    assert!(!jit.trace_is_compiled(&chunk, 0) && !jit.trace_is_blacklisted(&chunk, 0));
    assert_eq!(jit.trace_deopt_count(&chunk, 0), 0);
    assert_eq!(jit.trace_side_exit_count(&chunk, 0), 0);
    assert_eq!(jit.trace_loop_anchors(&chunk, 0), None);
    assert_eq!(jit.trace_export(&chunk, 0), None);
    assert_eq!(jit.trace_export_all(&chunk), []);
    let metadata = TraceMetadata {
        chunk_op_hash: chunk.op_hash,
        anchor_ip: 0,
        fallthrough_ip: 2,
        ops: ops.to_vec(),
        recorded_ips: ips.to_vec(),
        slot_kinds_at_anchor: Vec::new(),
    };
    assert!(!jit.trace_import(&chunk, &metadata));
    assert_eq!(jit.trace_import_all(&chunk, &[metadata]), 0);
    assert_eq!(jit.trace_max_len(), 256);
}
