//! Containers behave like simple models of them, clones included.

use super::*;

#[derive(Clone, Debug)]
enum ArrayStep {
    Push(Value),
    Set(usize, Value),
    ExtendInts(i64, i64),
    Truncate(usize),
    Pop,
    Shift,
    Clone,
    Swap,
}

/// Few kinds, so that arrays stay packed for a while and change their packing.
fn element() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => any::<i64>().prop_map(Value::Int),
        2 => Just(Value::Float(0.5)),
        2 => any::<bool>().prop_map(Value::Bool),
        1 => "[a-z]{0,20}".prop_map(Value::str),
    ]
}

fn array_step() -> impl Strategy<Value = ArrayStep> {
    prop_oneof![
        6 => element().prop_map(ArrayStep::Push),
        3 => (0..12usize, element()).prop_map(|(i, v)| ArrayStep::Set(i, v)),
        1 => (-5..5i64, 0..5i64).prop_map(|(from, n)| ArrayStep::ExtendInts(from, from + n)),
        1 => (0..12usize).prop_map(ArrayStep::Truncate),
        4 => Just(ArrayStep::Pop),
        4 => Just(ArrayStep::Shift),
        1 => Just(ArrayStep::Clone),
        1 => Just(ArrayStep::Swap),
    ]
}

fn check_array(array: &Array, model: &Vec<Value>) {
    assert_eq!(array.len(), model.len());
    assert_eq!(array, model);
    assert_eq!(array.to_vec(), *model);
    assert_eq!(&*array.as_values(), model);
    assert!(array.iter().rev().eq(model.iter().rev().cloned()));
    assert_eq!(array.clone().into_vec(), *model);
    for index in 0..model.len() + 2 {
        assert_eq!(array.get(index).as_ref(), model.get(index));
    }
    let uniform = |kind| model.iter().all(|value| value.kind() == kind);
    assert!(array.as_ints().is_none() || uniform(Kind::Int));
    assert!(array.as_floats().is_none() || uniform(Kind::Float));
    assert!(array.as_bools().is_none() || uniform(Kind::Bool));
}

#[derive(Clone, Debug)]
enum HashStep {
    Insert(String, i64),
    Increment(String),
    Remove(String),
    Clear,
    Clone,
    Swap,
}

fn hash_step() -> impl Strategy<Value = HashStep> {
    let key = || prop_oneof!["[a-f]", "a key that is not in place [a-d]"];
    prop_oneof![
        6 => (key(), any::<i64>()).prop_map(|(k, n)| HashStep::Insert(k, n)),
        3 => key().prop_map(HashStep::Increment),
        6 => key().prop_map(HashStep::Remove),
        1 => Just(HashStep::Clear),
        2 => Just(HashStep::Clone),
        2 => Just(HashStep::Swap),
    ]
}

type Pairs = Vec<(String, i64)>;

fn check_hash(hash: &Hash, model: &Pairs) {
    assert_eq!(hash.len(), model.len());
    assert_eq!(hash.iter().len(), model.len());
    let pairs = |(k, n): &(String, i64)| (Key::from(k.as_str()), Value::Int(*n));
    assert!(hash.clone().into_iter().eq(model.iter().map(pairs)));
    assert!(
        hash.keys().rev().eq(model
            .iter()
            .rev()
            .map(|pair| pairs(pair).0)
            .collect::<Vec<_>>()
            .iter())
    );
    for (key, n) in model {
        assert_eq!(hash.get(key), Some(&Value::Int(*n)));
        assert_eq!(hash.get(&Str::from(key)), Some(&Value::Int(*n)));
    }
    assert!(!hash.contains_key("missing"));
}

proptest! {
    #[test]
    fn array_is_like_vec(steps in prop::collection::vec(array_step(), 0..80)) {
        let mut arrays = [Array::new(), Array::new()];
        let mut models = [Vec::new(), Vec::new()];
        for step in steps {
            let (array, model) = (&mut arrays[0], &mut models[0]);
            match step {
                ArrayStep::Push(value) => {
                    array.push(value.clone());
                    model.push(value);
                }
                ArrayStep::Set(index, value) => {
                    array.set(index, value.clone());
                    model.resize(model.len().max(index + 1), Value::Undef);
                    model[index] = value;
                }
                ArrayStep::ExtendInts(from, to) => {
                    array.extend_ints(from..to);
                    model.extend((from..to).map(Value::Int));
                }
                ArrayStep::Truncate(len) => {
                    array.truncate(len);
                    model.truncate(len);
                }
                ArrayStep::Pop => prop_assert_eq!(array.pop(), model.pop()),
                ArrayStep::Shift => {
                    let first = (!model.is_empty()).then(|| model.remove(0));
                    prop_assert_eq!(array.shift(), first);
                }
                ArrayStep::Clone => {
                    arrays[1] = arrays[0].clone();
                    models[1] = models[0].clone();
                }
                ArrayStep::Swap => {
                    arrays.swap(0, 1);
                    models.swap(0, 1);
                }
            }
            check_array(&arrays[0], &models[0]);
            check_array(&arrays[1], &models[1]);
        }
    }

    #[test]
    fn hash_is_like_a_list_of_pairs(steps in prop::collection::vec(hash_step(), 0..120)) {
        let mut hashes = [Hash::new(), Hash::new()];
        let mut models = [Pairs::new(), Pairs::new()];
        for step in steps {
            let (hash, model) = (&mut hashes[0], &mut models[0]);
            match step {
                HashStep::Insert(key, n) => {
                    let old = hash.insert(key.as_str(), Value::Int(n));
                    match model.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, value)) => {
                            prop_assert_eq!(old, Some(Value::Int(*value)));
                            *value = n;
                        }
                        None => {
                            prop_assert_eq!(old, None);
                            model.push((key, n));
                        }
                    }
                }
                HashStep::Increment(key) => {
                    let value = hash.get_or_insert_with(key.as_str(), || Value::Int(0));
                    *value = Value::Int(value.to_int().wrapping_add(1));
                    match model.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, value)) => *value = value.wrapping_add(1),
                        None => model.push((key, 1)),
                    }
                }
                HashStep::Remove(key) => {
                    let place = model.iter().position(|(k, _)| *k == key);
                    let old = place.map(|place| Value::Int(model.remove(place).1));
                    prop_assert_eq!(hash.remove(&key), old);
                }
                HashStep::Clear => {
                    hash.clear();
                    model.clear();
                }
                HashStep::Clone => {
                    hashes[1] = hashes[0].clone();
                    models[1] = models[0].clone();
                }
                HashStep::Swap => {
                    hashes.swap(0, 1);
                    models.swap(0, 1);
                }
            }
            check_hash(&hashes[0], &models[0]);
            check_hash(&hashes[1], &models[1]);
        }
    }
}

#[test]
fn arrays_pack_and_unpack() {
    let mut array = Array::new();
    array.push(Value::Float(0.5));
    assert_eq!(array.as_floats(), Some(&[0.5][..]));
    array.push(Value::Int(1));
    assert!(array.as_general().is_some());
    array.truncate(0);
    array.push(Value::Bool(true));
    assert_eq!(array.as_bools(), Some(&[true][..]));
    array.set(2, Value::Bool(true));
    assert_eq!(array, [Value::Bool(true), Value::Undef, Value::Bool(true)]);
    assert!(array.get_mut(3).is_none());
    *array.get_mut(1).unwrap() = Value::Bool(false);
    assert_eq!(array.get(1), Some(Value::Bool(false)));
}

#[test]
fn changing_the_storage_of_a_shrunk_array_takes_no_more_memory() {
    for left in [0, 1] {
        let mut array = Array::from_bools(vec![true; 100_000]);
        array.truncate(left);
        array.push(Value::Undef);
        assert!(array.heap_size() <= 100_100);
    }
}

#[test]
fn a_queue_takes_memory_for_what_is_in_it() {
    let mut queue = Array::new();
    for n in 0..100_000 {
        queue.push(Value::Int(n));
        if n >= 10 {
            assert_eq!(queue.shift(), Some(Value::Int(n - 10)));
        }
    }
    assert!(queue.heap_size() < 1000);
}

#[test]
fn a_hash_of_changing_keys_takes_memory_for_what_is_in_it() {
    let mut hash = Hash::new();
    for n in 0..100_000 {
        hash.insert(n.to_string(), Value::Int(n));
        if n >= 10 {
            assert_eq!(hash.remove(&(n - 10).to_string()), Some(Value::Int(n - 10)));
        }
    }
    assert_eq!(hash.len(), 10);
    assert!(hash.heap_size() < 4000);
}

#[test]
fn impossible_sizes_are_errors() {
    for size in [usize::MAX, isize::MAX as usize / 8] {
        let (mut array, mut hash) = (Array::from_ints(vec![1]), Hash::from([("k", 1.into())]));
        assert!(array.try_reserve(size).is_err());
        assert!(hash.try_reserve(size).is_err());
        assert_eq!((array.len(), hash.len()), (1, 1));
    }
}

#[test]
fn looking_for_a_missing_key_copies_nothing() {
    let hash = Hash::from([("k", Value::Int(1))]);
    let mut clone = hash.clone();
    assert!(clone.remove("x").is_none() && clone.get_mut("x").is_none());
    assert!(clone.ptr_eq(&hash));
}

#[test]
fn maps_convert() {
    let pairs = [("b", 1), ("a", 2)].map(|(k, n)| (k.to_owned(), Value::Int(n)));
    let from_map = Hash::from(HashMap::from(pairs.clone()));
    assert_eq!(from_map, Hash::from(pairs));
    assert!(from_map.keys().eq(&[Key::from("a"), Key::from("b")]));
}
