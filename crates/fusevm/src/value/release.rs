//! Releasing deep structures without deep recursion.

use super::Value;

/// Drops `work` and all that only it owns.
///
/// The containers' `Drop` comes here, so the drop of a container inside `work` must not reach
/// its children: they are moved to `work` first. Giving up ownership and learning that it was
/// the last are one step, so this holds even while other threads drop clones.
pub(super) fn release(mut work: Vec<Value>) {
    while let Some(value) = work.pop() {
        match value {
            Value::Array(array) => {
                if let Some(elements) = array.into_released() {
                    work.extend(elements.into_iter().filter(Value::may_nest));
                }
            }
            Value::Hash(hash) => {
                if let Some(values) = hash.into_released() {
                    work.extend(values.filter(Value::may_nest));
                }
            }
            Value::Ref(target) => work.extend(target.into_inner()),
            _ => {}
        }
    }
}
