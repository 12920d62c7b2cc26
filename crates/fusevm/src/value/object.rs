//! A front end's own objects as values.

use std::any::Any;
use std::cmp::Ordering;

use super::shared::Shared;

/// What a front end implements to make its own type usable as a value.
///
/// Every method but the name has a default, so a type needs only to say what differs. An object
/// that contains values is responsible for releasing deep structures without deep recursion.
pub trait HostObject: Any + Send + Sync {
    /// Name of the type, for messages.
    fn type_name(&self) -> &str;

    /// The object as text, wherever a program uses it as such; `(TYPE)` by default.
    fn display(&self) -> String {
        format!("({})", self.type_name())
    }

    /// Truth in conditions; true by default.
    fn is_truthy(&self) -> bool {
        true
    }

    /// The object as a number, `None` (which counts as zero) by default.
    fn to_number(&self) -> Option<f64> {
        None
    }

    /// Order against another object; `None`, the default, leaves it to identity and text.
    fn compare(&self, other: &dyn HostObject) -> Option<Ordering> {
        let _ = other;
        None
    }
}

/// A shared [`HostObject`]. Clones share it; equality is identity.
///
/// ```
/// use fusevm::value::{HostObject, Object, Value};
///
/// struct Regex(String);
/// impl HostObject for Regex {
///     fn type_name(&self) -> &str {
///         "regex"
///     }
/// }
///
/// let object = Object::new(Regex("a+".into()));
/// assert_eq!(object.downcast_ref::<Regex>().unwrap().0, "a+");
/// assert_eq!(Value::Object(object).to_str(), "(regex)");
/// ```
// The box keeps the pointer thin, so that a value stays within 16 bytes.
#[derive(Clone)]
pub struct Object(Shared<Box<dyn HostObject>>);

impl Object {
    /// Wraps `object`.
    pub fn new(object: impl HostObject) -> Self {
        Object(Shared::new(Box::new(object)))
    }

    /// The object through its trait.
    pub fn get(&self) -> &dyn HostObject {
        &**self.0
    }

    /// The object itself, if it is a `T`.
    pub fn downcast_ref<T: HostObject>(&self) -> Option<&T> {
        (self.get() as &dyn Any).downcast_ref()
    }

    /// Bytes allocated for the shared box; the object itself is its maker's.
    pub(crate) fn heap_size(&self) -> usize {
        Shared::<Box<dyn HostObject>>::HEAP_SIZE
    }

    /// The identity of the object, if it has other owners.
    pub(crate) fn shared_address(&self) -> Option<usize> {
        self.0.shared_address()
    }

    /// The address that is this object's identity.
    pub(super) fn address(&self) -> usize {
        (&raw const *self.0).addr()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl Eq for Object {}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.get().type_name())
    }
}
