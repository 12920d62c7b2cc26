use super::*;
use crate::chunk::{Chunk, ChunkData};
use crate::op::Op;
use crate::value::Hash;
use crate::vm::VM;

fn machine(ops: impl Into<Vec<Op>>) -> VM {
    VM::new(Chunk::from(ChunkData {
        ops: ops.into(),
        ..ChunkData::default()
    }))
}

#[test]
fn a_cycle_of_a_million_containers_is_collected() {
    const NODES: usize = 1_000_000;
    let mut vm = machine([]);
    let first = vm.new_array_handle([]).unwrap();
    let mut last = first;
    for _ in 1..NODES {
        last = vm.new_array_handle([Value::Handle(last)]).unwrap();
    }
    vm.heap_array_mut(first).unwrap().push(Value::Handle(last));

    let pin = vm.pin(last).unwrap();
    vm.collect_garbage();
    assert_eq!(vm.heap_len(), NODES);
    vm.unpin(pin);
    vm.collect_garbage();
    assert_eq!(vm.heap_len(), 0);
    assert!(vm.heap_get(first).is_none());
}

#[test]
fn short_lived_containers_run_in_flat_memory() {
    // Few of them where every step is slow.
    let limited = std::env::var_os("FUSEVM_TEST_CASES").is_some();
    let passes = if limited { 50_000 } else { 10_000_000 };
    let mut vm = machine([
        Op::GetSlot(0),
        Op::NewArray(1),
        Op::SetSlot(1),
        Op::SlotIncLtIntJumpBack(0, passes, 0),
    ]);
    assert!(vm.try_run().is_ok());
    assert!(vm.heap.cells.len() <= 2 * MIN_GROWTH);
}

#[test]
fn collections_are_few_over_a_deep_stack() {
    let mut vm = machine([
        Op::NewArray(0),
        Op::Pop,
        Op::SlotIncLtIntJumpBack(0, 100_000, 0),
    ]);
    (0..400_000).for_each(|_| vm.push(Value::Undef));
    assert!(vm.try_run().is_ok());
    // One for each hundred thousand containers: places are not reused in between.
    assert!(vm.heap.cells.len() > 90_000);
}

#[test]
fn a_place_is_reused_until_its_generations_are_used_up() {
    let mut heap = Heap::default();
    let content = || Value::array(vec![Value::Int(1)]);
    let first = heap.allocate(content(), 9, usize::MAX).unwrap();
    let collect_all = |heap: &mut Heap| {
        let (marks, ..) = Tracer::new(heap, List::new()).finish();
        heap.sweep(&marks);
    };
    collect_all(&mut heap);
    let second = heap.allocate(content(), 9, usize::MAX).unwrap();
    assert_eq!((second.index(), second.generation()), (first.index(), 1));
    assert_eq!(heap.get(first), Err(Fault::DeadHandle));
    assert_eq!(heap.get(second), Ok(&content()));

    heap.cells[0].generation = u32::MAX - 1;
    collect_all(&mut heap);
    let third = heap.allocate(content(), 9, usize::MAX).unwrap();
    assert_eq!(third.index(), 1);
    assert_eq!(heap.len(), 1);
    // So are those of the whole heap.
    heap.clear();
    assert_eq!(heap.get(third), Err(Fault::ForeignHandle));
    let fourth = heap.allocate(content(), 9, usize::MAX).unwrap();
    assert_ne!(fourth.heap(), third.heap());
}

#[test]
fn what_was_cleared_is_dead_and_stays_dead() {
    let mut heap = Heap::default();
    let old = heap.allocate(Value::array(vec![]), 9, usize::MAX).unwrap();
    for _ in 0..3 {
        heap.clear();
        assert_eq!(heap.get(old), Err(Fault::DeadHandle));
        let new = heap.allocate(Value::array(vec![]), 9, usize::MAX).unwrap();
        assert_eq!((new.heap(), new.index()), (old.heap(), old.index()));
        assert_eq!(heap.get(old), Err(Fault::DeadHandle));
    }
}

#[test]
fn shared_parts_are_walked_once() {
    let mut vm = machine([]);
    let leaf = vm.new_hash_handle(Hash::new()).unwrap();
    let mut value = Value::Handle(leaf);
    // As paths, the parts of each of these are beyond number.
    for _ in 0..200 {
        value = Value::array(vec![value.clone(), value]);
        value = Value::reference(value);
        value = Value::Hash(Hash::from([("a", value.clone()), ("b", value)]));
    }
    vm.push(value);
    vm.collect_garbage();
    assert_eq!(vm.heap_len(), 1);
    vm.pop();
    vm.collect_garbage();
    assert_eq!(vm.heap_len(), 0);
}
