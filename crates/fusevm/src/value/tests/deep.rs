//! Values nest as deeply as memory allows, whatever the size of the native stack.

use std::fmt::{self, Write};
use std::thread;

use super::*;

const DEPTH: usize = 1_000_000;
const STACK: usize = 256 << 10;

/// Runs `test` on a stack that any recursion over `DEPTH` levels would overflow.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK).spawn(test);
    thread.unwrap().join().unwrap();
}

fn nest(wrap: impl Fn(usize, Value) -> Value) -> Value {
    (0..DEPTH).fold(Value::Int(1), |inner, level| wrap(level, inner))
}

fn in_array(inner: Value) -> Value {
    Value::array(vec![inner])
}

fn in_hash(inner: Value) -> Value {
    Value::Hash([("k", inner)].into())
}

/// Counts what is printed.
struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Does everything that looks at a whole value. Two separately built values come in.
fn exercise(a: Value, b: &Value) {
    assert!(a == *b);
    assert_eq!(digest(&a), digest(b));
    let mut printed = Count(0);
    write!(printed, "{a:?}").unwrap();
    assert!(printed.0 > 5 * DEPTH);
    assert!(a.to_str().len() <= 6);
    // The last owner of a deep value may be a clone on another thread.
    let clone = a.clone();
    drop(a);
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || drop(clone))
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn arrays() {
    on_small_stack(|| exercise(nest(|_, v| in_array(v)), &nest(|_, v| in_array(v))));
}

#[test]
fn hashes() {
    on_small_stack(|| exercise(nest(|_, v| in_hash(v)), &nest(|_, v| in_hash(v))));
}

#[test]
fn refs() {
    on_small_stack(|| {
        exercise(
            nest(|_, v| Value::reference(v)),
            &nest(|_, v| Value::reference(v)),
        );
    });
}

#[test]
fn mixed_containers() {
    let wrap = |level, inner| match level % 3 {
        0 => in_array(inner),
        1 => in_hash(inner),
        _ => Value::reference(inner),
    };
    on_small_stack(move || exercise(nest(wrap), &nest(wrap)));
}

#[test]
fn removing_a_deep_element() {
    on_small_stack(|| {
        let deep = || nest(|_, v| in_array(v));
        let mut array = Array::from(vec![deep(), deep(), deep(), deep()]);
        array.pop();
        array.shift();
        array.set(0, Value::Undef);
        array.truncate(1);
        let mut hash = Hash::from([("a", deep()), ("b", deep())]);
        hash.remove("a");
        hash.insert("b", Value::Undef);
        hash.insert("c", deep());
        hash.clear();
    });
}

#[test]
fn both_owners_dropping_at_once() {
    on_small_stack(|| {
        // Every level is shared, so that each release races with the other thread's.
        let mut levels = vec![Value::Int(1)];
        for _ in 0..100_000 {
            let inner = levels.last().cloned().unwrap_or_default();
            levels.push(in_array(inner));
        }
        let outer = levels.pop();
        let other = thread::Builder::new().stack_size(STACK);
        let other = other.spawn(move || drop(levels)).unwrap();
        drop(outer);
        other.join().unwrap();
    });
}

#[test]
fn the_debug_form_of_parts_shared_exponentially_ends() {
    /// Keeps the end of what is written.
    struct Tail(String);

    impl Write for Tail {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.clear();
            self.0.push_str(text);
            Ok(())
        }
    }

    let mut value = Value::Int(1);
    for _ in 0..60 {
        value = Value::array(vec![value.clone(), value]);
    }
    let mut tail = Tail(String::new());
    write!(tail, "{value:?}").unwrap();
    assert_eq!(tail.0, "...");
}
