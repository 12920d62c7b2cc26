//! The types of the interface, with and without native code.

use fusevm::jit::{
    MAX_DEOPT_FRAMES, MAX_DEOPT_SLOTS_PER_FRAME, MAX_DEOPT_STACK, STACK_KIND_FLOAT, STACK_KIND_INT,
};
use fusevm::{
    DeoptFrame, DeoptInfo, JitCompiler, JitExtension, NativeCode, Op, SlotKind, TraceJitConfig,
    TraceLookup, TraceMetadata, VM, VMPool, Value,
};

use crate::chunk_of;

#[test]
fn constants_and_sizes() {
    assert_eq!(
        (MAX_DEOPT_FRAMES, MAX_DEOPT_SLOTS_PER_FRAME, MAX_DEOPT_STACK),
        (4, 16, 32)
    );
    assert_eq!((STACK_KIND_INT, STACK_KIND_FLOAT), (0, 1));
    assert_eq!(size_of::<NativeCode>(), 0);
    if cfg!(target_pointer_width = "64") {
        assert_eq!(
            (size_of::<DeoptInfo>(), size_of::<DeoptFrame>()),
            (888, 144)
        );
    }
}

#[test]
fn a_zeroed_description_says_nothing() {
    const INFO: DeoptInfo = DeoptInfo::zeroed();
    assert_eq!(
        (INFO.resume_ip, INFO.frame_count, INFO.stack_count),
        (0, 0, 0)
    );
    assert_eq!(INFO.frames.len(), MAX_DEOPT_FRAMES);
    assert!(
        INFO.frames
            .iter()
            .all(|frame| *frame == DeoptFrame::zeroed())
    );
    assert_eq!(INFO.stack_buf, [0; MAX_DEOPT_STACK]);
    assert_eq!(INFO.stack_kinds, [STACK_KIND_INT; MAX_DEOPT_STACK]);
    let frame = DeoptFrame {
        return_ip: 7,
        slot_count: 1,
        slots: [0; MAX_DEOPT_SLOTS_PER_FRAME],
    };
    let copy = frame;
    assert_eq!((copy.return_ip, frame.slot_count), (7, 1));
}

#[test]
fn configuration() {
    const DEFAULTS: TraceJitConfig = TraceJitConfig::defaults();
    let literal = TraceJitConfig {
        trace_threshold: 50,
        block_threshold: 1,
        max_side_exits: 50,
        max_inline_recursion: 4,
        max_trace_chain: 4,
        max_trace_len: 256,
    };
    assert_eq!(literal, DEFAULTS);
    assert_eq!(TraceJitConfig::default(), DEFAULTS);

    let jit = JitCompiler::default();
    let changed = TraceJitConfig {
        max_trace_len: 9,
        ..jit.get_config()
    };
    jit.set_config(changed);
    let expected = if cfg!(feature = "jit") {
        changed
    } else {
        DEFAULTS
    };
    assert_eq!(JitCompiler::new().get_config(), expected);
    assert_eq!(jit.trace_max_len(), expected.max_trace_len);
    assert_eq!(jit.trace_max_slot(), 64);
    std::thread::spawn(|| assert_eq!(JitCompiler::new().get_config(), DEFAULTS))
        .join()
        .unwrap();
}

#[test]
fn metadata_survives_json() {
    let metadata = TraceMetadata {
        chunk_op_hash: u64::MAX,
        anchor_ip: 2,
        fallthrough_ip: 7,
        ops: vec![Op::PreIncSlotVoid(0), Op::Jump(2)],
        recorded_ips: vec![2, 6],
        slot_kinds_at_anchor: vec![SlotKind::Int, SlotKind::Float],
    };
    let json = serde_json::to_string(&metadata).unwrap();
    assert!(
        json.contains(r#""slot_kinds_at_anchor":["Int","Float"]"#),
        "{json}"
    );
    let read: TraceMetadata = serde_json::from_str(&json).unwrap();
    assert_eq!(read, metadata);
    assert_eq!(
        format!("{:?} {:?}", SlotKind::Int, SlotKind::Float),
        "Int Float"
    );
    assert_eq!(
        format!("{:?}", TraceLookup::Ran { resume_ip: 3 }),
        "Ran { resume_ip: 3 }"
    );
}

struct Extension;

impl JitExtension for Extension {
    fn can_jit(&self, ext_id: u16) -> bool {
        ext_id == 999
    }
    fn op_count(&self) -> usize {
        1
    }
    fn name(&self) -> &str {
        "test"
    }
}

#[test]
fn extensions_are_asked_for_their_operations() {
    fn shared<T: Send + Sync>(_: &T) {}

    let chunk = chunk_of(&[Op::LoadInt(1), Op::Extended(999, 0)]);
    let mut jit = JitCompiler::new();
    shared(&jit);
    assert!(!jit.is_eligible(&chunk));
    for _ in 0..2 {
        jit.register_extension(Box::new(Extension));
    }
    assert!(jit.is_eligible(&chunk));
    assert!(!jit.is_eligible(&chunk_of(&[Op::ExtendedWide(998, 0)])));
    assert!(!jit.is_block_eligible(&chunk), "it needs a machine");
    assert_eq!(
        format!("{jit:?}"),
        r#"JitCompiler { extensions: ["test", "test"] }"#
    );
}

#[test]
fn switches_exist_and_change_no_result() {
    let chunk = chunk_of(&[Op::LoadInt(5), Op::LoadInt(3), Op::Add]);
    let mut vm = VM::new(chunk.clone());
    vm.enable_tracing_jit();
    vm.disable_tracing_jit();
    assert_eq!(vm.try_run().unwrap(), Some(Value::Int(8)));

    let mut pool = VMPool::new();
    pool.with(chunk.clone(), VM::enable_tracing_jit);
    for _ in 0..3 {
        let result = pool.with(chunk.clone(), VM::try_run);
        assert_eq!(result.unwrap(), Some(Value::Int(8)));
    }
}

/// There is no cache of native code on disk.
#[cfg(not(feature = "jit-disk-cache"))]
#[test]
fn nothing_is_cached_on_disk() {
    let jit = JitCompiler::new();
    jit.set_jit_cache_dir(Some("/nowhere".into()));
    jit.set_jit_cache_max_bytes(Some(1));
    assert_eq!(
        (jit.jit_cache_dir(), jit.jit_cache_size_bytes()),
        (None, None)
    );
    jit.set_jit_cache_enabled(true);
    assert_eq!(jit.jit_cache_info(), None);
    assert_eq!((jit.prune_jit_cache(), jit.clear_jit_cache()), (0, 0));
}
