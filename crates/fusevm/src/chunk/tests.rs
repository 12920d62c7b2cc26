use std::collections::HashSet;
use std::thread;

use proptest::prelude::*;

use super::*;

/// More than the native stack of [`on_small_stack`] could hold at one frame per level.
const DEEP: usize = 100_000;

fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

fn chunk(change: impl FnOnce(&mut ChunkData)) -> Chunk {
    let mut data = ChunkData {
        ops: vec![Op::LoadConst(0), Op::Jump(0)],
        constants: vec![Value::Int(1), Value::Float(f64::NAN)],
        names: vec!["x".into()],
        lines: vec![3, 4],
        sub_entries: vec![(0, 1)],
        block_ranges: vec![(0, 2)],
        sub_chunks: vec![Chunk::new()],
        source: "file".into(),
        numeric: Numeric::default(),
        debug: DebugInfo::default(),
        op_hash: 0,
    };
    change(&mut data);
    data.into()
}

/// Chunks inside chunks, `depth` levels around `innermost`.
fn nested(innermost: Chunk, depth: usize) -> Chunk {
    (0..depth).fold(innermost, |inner, _| {
        ChunkData {
            sub_chunks: vec![inner],
            ..ChunkData::default()
        }
        .into()
    })
}

/// A chunk whose two sub-chunks are the same, whose two sub-chunks are the same, and so on: there
/// are 2^100 paths through it.
fn shared_tree() -> Chunk {
    (0..100).fold(Chunk::new(), |inner, _| {
        ChunkData {
            sub_chunks: vec![inner; 2],
            ..ChunkData::default()
        }
        .into()
    })
}

const SPAN: Span = Span {
    file: 0,
    line: 12,
    column: 5,
};

fn slot_name() -> SlotName {
    SlotName {
        slot: 0,
        name: "total".to_owned(),
        start: 0,
        end: 2,
    }
}

type Change = fn(&mut ChunkData);

/// Changes that make a difference, each a different one.
const CHANGES: &[(&str, Change)] = &[
    ("op added", |c| c.ops.push(Op::Nop)),
    ("operand", |c| c.ops[1] = Op::Jump(1)),
    ("opcode", |c| c.ops[1] = Op::JumpIfTrue(0)),
    ("constant value", |c| c.constants[0] = Value::Int(2)),
    ("constant kind", |c| c.constants[0] = Value::Status(1)),
    ("constant order", |c| c.constants.swap(0, 1)),
    ("constant removed", |c| c.constants.truncate(1)),
    ("NaN payload", |c| {
        c.constants[1] = Value::Float(f64::from_bits(0x7ff8_0000_0000_0001));
    }),
    ("constant nesting", |c| {
        c.constants[0] = Value::array(vec![Value::Int(1)]);
    }),
    ("sub entry", |c| c.sub_entries[0].1 = 0),
    ("sub entry removed", |c| c.sub_entries.clear()),
    ("name", |c| c.names[0].push('y')),
    ("line", |c| c.lines[0] = 5),
    ("block range", |c| c.block_ranges[0].0 = 1),
    ("source", |c| c.source.clear()),
    ("dialect", |c| c.numeric.dialect = Dialect::Awk),
    ("overflow promotes", |c| {
        c.numeric.overflow = Overflow::Promote;
    }),
    ("overflow is an error", |c| {
        c.numeric.overflow = Overflow::Error;
    }),
    ("slot name", |c| c.debug.slot_names.push(slot_name())),
    ("slot with another name", |c| {
        let name = "other".to_owned();
        c.debug.slot_names.push(SlotName {
            name,
            ..slot_name()
        });
    }),
    ("another slot with the name", |c| {
        c.debug.slot_names.push(SlotName {
            slot: 1,
            ..slot_name()
        });
    }),
    ("slot name from another op on", |c| {
        c.debug.slot_names.push(SlotName {
            start: 1,
            ..slot_name()
        });
    }),
    ("slot name to another op", |c| {
        c.debug.slot_names.push(SlotName {
            end: 1,
            ..slot_name()
        });
    }),
    ("file", |c| c.debug.files.push("f".to_owned())),
    ("span", |c| c.debug.spans.push((0, Some(SPAN)))),
    ("span of another op", |c| {
        c.debug.spans.push((1, Some(SPAN)));
    }),
    ("span without a place", |c| c.debug.spans.push((0, None))),
    ("span in another file", |c| {
        c.debug.spans.push((0, Some(Span { file: 1, ..SPAN })));
    }),
    ("span in another line", |c| {
        c.debug.spans.push((0, Some(Span { line: 1, ..SPAN })));
    }),
    ("span in another column", |c| {
        c.debug.spans.push((0, Some(Span { column: 1, ..SPAN })));
    }),
    ("sub-chunk", |c| c.sub_chunks[0].source.push('s')),
    ("sub-chunk added", |c| c.sub_chunks.push(Chunk::new())),
    ("one level more", |c| {
        c.sub_chunks[0] = nested(Chunk::new(), 1);
    }),
];

/// How many of [`CHANGES`] concern what `op_hash` covers.
const CODE_CHANGES: usize = 11;

#[test]
fn every_change_shows_in_content_hash_and_comparison() {
    let original = chunk(|_| {});
    let mut hashes = HashSet::from([original.content_hash()]);
    for (what, change) in CHANGES {
        let changed = chunk(change);
        assert!(hashes.insert(changed.content_hash()), "{what}");
        assert_ne!(changed, original, "{what}");
        assert_eq!(changed, chunk(change), "{what}");
        assert_eq!(
            changed.content_hash(),
            chunk(change).content_hash(),
            "{what}"
        );
    }
}

#[test]
fn op_hash_covers_code_alone() {
    let original = op_hash(&chunk(|_| {}));
    assert_ne!(original, 0);
    for (index, (what, change)) in CHANGES.iter().enumerate() {
        let changed = op_hash(&chunk(change));
        assert_eq!(changed != original, index < CODE_CHANGES, "{what}");
    }
}

#[test]
fn empty_builds_share_an_op_hash_other_than_0() {
    let built = ChunkBuilder::new().build();
    assert_ne!(built.op_hash, 0);
    assert_eq!(built.op_hash, ChunkBuilder::default().build().op_hash);
    assert_eq!(Chunk::new().op_hash, 0);
}

#[test]
fn op_hash_is_neither_content_nor_hashed() {
    let (a, b) = (chunk(|_| {}), chunk(|c| c.op_hash = 7));
    assert_eq!(a, b);
    assert_eq!(a.content_hash(), b.content_hash());
}

#[test]
fn insertion_order_of_hash_constants_counts() {
    let with_keys = |keys: [&str; 2]| {
        let hash = keys.into_iter().map(|key| (key, Value::Undef)).collect();
        chunk(|c| c.constants[0] = Value::Hash(hash))
    };
    let (a, b) = (with_keys(["k", "l"]), with_keys(["l", "k"]));
    assert_ne!(a.content_hash(), b.content_hash());
    assert_ne!(a, b);
    assert_eq!(a, with_keys(["k", "l"]));
}

#[test]
fn digests_are_the_same_everywhere() {
    let chunk = chunk(|_| {});
    assert_eq!(
        format!("{:032x}", chunk.content_hash()),
        "6bd2831a9c0e0a18ba942e6086589011"
    );
    assert_eq!(format!("{:016x}", op_hash(&chunk)), "acf65ca06f8dd75c");
}

#[test]
fn clones_share_until_one_is_changed() {
    let original = chunk(|_| {});
    let hash = original.content_hash();
    for (what, change) in CHANGES {
        let mut changed = original.clone();
        assert!(changed.ptr_eq(&original));
        change(&mut changed);
        assert!(!changed.ptr_eq(&original), "{what}");
        assert_ne!(changed.content_hash(), hash, "{what}");
        assert_eq!(original, chunk(|_| {}), "{what}");
    }
}

#[test]
fn changing_an_unshared_chunk_renews_its_hash() {
    let mut changed = chunk(|_| {});
    let before = changed.content_hash();
    changed.sub_chunks[0].ops.push(Op::Nop);
    assert_ne!(changed.content_hash(), before);
    changed.sub_chunks[0].ops.clear();
    assert_eq!(changed.content_hash(), before);
}

#[test]
fn into_data_leaves_other_handles_alone() {
    let kept = chunk(|_| {});
    assert_eq!(kept.clone().into_data().names, ["x"]);
    assert_eq!(kept, chunk(|_| {}));
    assert_eq!(Chunk::from(kept.into_data()), chunk(|_| {}));
}

#[test]
fn find_sub_takes_the_first_entry() {
    let chunk = chunk(|c| c.sub_entries = vec![(1, 10), (2, 20), (1, 30)]);
    let found: Vec<_> = (0..4).map(|name| chunk.find_sub(name)).collect();
    assert_eq!(found, [None, Some(10), Some(20), None]);
}

#[test]
fn deep_nesting_needs_no_native_stack() {
    on_small_stack(|| {
        let a = nested(Chunk::new(), DEEP);
        let b = nested(Chunk::new(), DEEP);
        let c = nested(nested(Chunk::new(), 1), DEEP);
        assert_eq!(a.content_hash(), b.content_hash());
        assert_ne!(a.content_hash(), c.content_hash());
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert!(format!("{a:?}").contains("[1 omitted]"));
        assert!(serde_json::to_string(&a).is_err());
        assert!(bincode::serialize(&a).is_err());
        assert_eq!(a.to_bytes(), Err(EncodeError::TooDeep));
        drop(a.clone());
        drop(a.into_data());
    });
}

#[test]
fn shared_sub_chunks_are_visited_once() {
    let (a, b) = (shared_tree(), shared_tree());
    assert_eq!(a, b);
    assert_eq!(a.content_hash(), b.content_hash());
}

#[test]
fn json_form() {
    let json = r#"{"ops":["Nop"],"constants":[],"names":["x"],"lines":[3],"sub_entries":[],"block_ranges":[],"sub_chunks":[],"source":""}"#;
    let mut b = ChunkBuilder::new();
    b.add_name("x");
    b.emit(Op::Nop, 3);
    let chunk = b.build();
    assert_eq!(serde_json::to_string(&chunk).unwrap(), json);

    let read: Chunk = serde_json::from_str(json).unwrap();
    assert_eq!(read, chunk);
    assert_eq!(read.op_hash, 0);
}

#[test]
fn debug_information_is_in_json_where_there_is_some() {
    let chunk = Chunk::from(ChunkData {
        sub_chunks: vec![Chunk::new()],
        debug: DebugTables {
            slot_names: vec![slot_name()],
            files: vec!["f".to_owned()],
            spans: vec![(0, Some(SPAN)), (1, None)],
        }
        .into(),
        ..ChunkData::default()
    });
    let json = serde_json::to_string(&chunk).unwrap();
    let debug = r#","debug":{"slot_names":[{"slot":0,"name":"total","start":0,"end":2}],"files":["f"],"spans":[[0,{"file":0,"line":12,"column":5}],[1,null]]}}"#;
    assert!(json.ends_with(debug), "{json}");
    assert_eq!(json.matches("debug").count(), 1);
    assert_eq!(serde_json::from_str::<Chunk>(&json).unwrap(), chunk);
}

#[test]
fn locations_are_spans_or_lines() {
    let mut chunk = chunk(|c| c.ops.extend([Op::Nop; 5]));
    let shown = |chunk: &Chunk| {
        let at = |op| chunk.location(op).to_string();
        (0..7).map(at).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(&chunk), "file:3 file:4 file file file file file");
    chunk.debug.files = vec!["lib".to_owned()];
    chunk.debug.spans = vec![
        (1, Some(SPAN)),
        (3, None),
        (4, Some(Span { column: 0, ..SPAN })),
        // Of a file that is not there.
        (6, Some(Span { file: 1, ..SPAN })),
    ];
    let spans = "file:3 lib:12:5 lib:12:5 file lib:12 lib:12 file:12:5";
    assert_eq!(shown(&chunk), spans);
    chunk.source.clear();
    assert_eq!(chunk.location(0).to_string(), "3");
    assert_eq!(chunk.location(6).to_string(), "12:5");
}

/// Writing makes the tables; that they are there is no content.
#[test]
fn empty_debug_information_is_none() {
    let mut written = chunk(|_| {});
    written.debug.slot_names.clear();
    let original = chunk(|_| {});
    assert_eq!(written, original);
    assert_eq!(written.content_hash(), original.content_hash());
    assert_eq!(written.to_bytes(), original.to_bytes());
    assert_eq!(size_of::<DebugInfo>(), size_of::<usize>());
}

#[test]
fn json_names_only_settings_that_are_not_the_contracts() {
    let cases = [
        (
            r#""dialect":"awk","overflow":"wrap""#,
            Dialect::Awk,
            Overflow::Wrap,
        ),
        (
            r#""dialect":"contract","overflow":"error""#,
            Dialect::Contract,
            Overflow::Error,
        ),
    ];
    for (settings, dialect, overflow) in cases {
        let numeric = Numeric { dialect, overflow };
        let chunk = Chunk::from(ChunkData {
            sub_chunks: vec![Chunk::new()],
            numeric,
            ..ChunkData::default()
        });
        let json = serde_json::to_string(&chunk).unwrap();
        let end = format!(r#""source":"","numeric":{{{settings}}}}}"#);
        assert!(json.ends_with(&end), "{json}");
        assert_eq!(json.matches("numeric").count(), 1);
        assert_eq!(serde_json::from_str::<Chunk>(&json).unwrap(), chunk);
    }
}

#[test]
fn serde_forgets_op_hashes_at_every_level() {
    let mut inner = ChunkBuilder::new();
    inner.emit(Op::Nop, 1);
    let mut outer = ChunkBuilder::new();
    outer.add_sub_chunk(inner.build());
    let stored = bincode::serialize(&outer.build()).unwrap();
    let read: Chunk = bincode::deserialize(&stored).unwrap();
    assert_eq!((read.op_hash, read.sub_chunks[0].op_hash), (0, 0));
    assert_eq!(read.sub_chunks[0].ops, [Op::Nop]);
}

#[test]
fn stored_forms_bound_the_depth() {
    on_small_stack(|| {
        let deepest = nested(Chunk::new(), MAX_STORED_DEPTH);
        let too_deep = nested(Chunk::new(), MAX_STORED_DEPTH + 1);

        let bytes = bincode::serialize(&deepest).unwrap();
        assert_eq!(bincode::deserialize::<Chunk>(&bytes).unwrap(), deepest);
        assert!(bincode::serialize(&too_deep).is_err());

        // Wraps the valid form by hand: six empty lists, then one sub-chunk, then the source
        // and how arithmetic works.
        let mut wrapped = vec![0; 6 * 8];
        wrapped.extend(1_u64.to_le_bytes());
        wrapped.extend(&bytes);
        wrapped.extend([0; 8 + 2 * 4]);
        let error = bincode::deserialize::<Chunk>(&wrapped).unwrap_err();
        assert!(error.to_string().contains("64 levels"), "{error}");

        // The count of open levels is back at zero after errors.
        assert!(bincode::deserialize::<Chunk>(&bytes).is_ok());
        assert!(deepest.to_bytes().is_ok());
    });
}

#[test]
fn debug_names_the_fields() {
    let text = format!("{:?}", chunk(|c| c.constants.clear()));
    let expected = "Chunk { ops: [LoadConst(0), Jump(0)], constants: [], names: [\"x\"], \
                    lines: [3, 4], sub_entries: [(0, 1)], block_ranges: [(0, 2)], \
                    sub_chunks: [Chunk { ops: []";
    assert!(text.starts_with(expected), "{text}");
}

proptest! {
    #[test]
    fn any_chunk_is_the_same_as_its_deep_copy(chunk in arbitrary::chunk()) {
        let copy: Chunk = bincode::deserialize(&bincode::serialize(&chunk).unwrap()).unwrap();
        prop_assert_eq!(&copy, &chunk);
        prop_assert_eq!(copy.content_hash(), chunk.content_hash());
        prop_assert_eq!(op_hash(&copy), chunk.op_hash);
    }

    #[test]
    fn chunks_are_the_same_exactly_when_their_hashes_are(
        a in arbitrary::chunk(),
        b in arbitrary::chunk(),
    ) {
        prop_assert_eq!(a == b, a.content_hash() == b.content_hash());
    }
}
