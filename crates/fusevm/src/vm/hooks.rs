//! What a host installs: handlers of extension operations, and builtins.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Math, VM};
use crate::chunk::suggest::suggest;
use crate::jit::JitExtension;
#[cfg(feature = "jit")]
use crate::jit::Unit;
use crate::semantics::Fault;
use crate::value::Value;

/// Handles [`Op::Extended`](crate::Op::Extended): the machine, the id, the operand.
pub type ExtensionHandler = Box<dyn FnMut(&mut VM, u16, u8) + Send>;

/// Handles [`Op::ExtendedWide`](crate::Op::ExtendedWide): the machine, the id, the payload.
pub type ExtensionWideHandler = Box<dyn FnMut(&mut VM, u16, usize) + Send>;

/// A builtin: takes the machine and the number of arguments, pops them itself (the last one
/// first), and gives the result, which the machine pushes.
pub type BuiltinHandler = fn(&mut VM, u8) -> Value;

#[derive(Default)]
pub(crate) struct Hooks {
    narrow: Detachable<ExtensionHandler>,
    wide: Detachable<ExtensionWideHandler>,
    /// Tells native code what extension operations do.
    extension: Option<Arc<dyn JitExtension>>,
    builtins: Vec<Option<BuiltinHandler>>,
    named: HashMap<Box<str>, Named>,
    /// What names of the present chunk were found to mean, by name index.
    resolved: Vec<Option<Named>>,
}

/// What a name stands for.
#[derive(Clone, Copy)]
struct Named {
    handler: BuiltinHandler,
    /// What it computes, if that is known.
    #[cfg_attr(
        not(feature = "jit"),
        expect(dead_code, reason = "only native code asks")
    )]
    math: Option<Math>,
}

/// A handler that is taken out while it runs, so that it can use the machine it hangs on.
struct Detachable<H> {
    handler: Option<H>,
    /// Counts installations, so that a handler that was replaced while it ran is not put back.
    installed: u64,
}

impl<H> Default for Detachable<H> {
    fn default() -> Self {
        Detachable {
            handler: None,
            installed: 0,
        }
    }
}

impl<H> Detachable<H> {
    fn install(&mut self, handler: H) {
        self.handler = Some(handler);
        self.installed += 1;
    }
}

/// Puts a detached handler back when it has returned or panicked.
struct Reattach<'vm, H> {
    vm: &'vm mut VM,
    place: fn(&mut Hooks) -> &mut Detachable<H>,
    handler: Option<H>,
    installed: u64,
}

impl<'vm, H> Reattach<'vm, H> {
    /// Takes the handler at `place` out of the machine; `None` when there is none.
    fn detach(vm: &'vm mut VM, place: fn(&mut Hooks) -> &mut Detachable<H>) -> Option<Self> {
        let slot = place(vm.hooks.get_mut()?);
        let installed = slot.installed;
        let handler = Some(slot.handler.take()?);
        Some(Reattach {
            vm,
            place,
            handler,
            installed,
        })
    }
}

impl<H> Drop for Reattach<'_, H> {
    fn drop(&mut self) {
        let Some(hooks) = self.vm.hooks.get_mut() else {
            return;
        };
        let slot = (self.place)(hooks);
        if slot.installed == self.installed {
            slot.handler = self.handler.take();
        }
    }
}

impl VM {
    /// Installs the handler of [`Op::Extended`](crate::Op::Extended), in place of an earlier one.
    ///
    /// A handler may use the machine in any way: push and pop, run it, jump by setting `ip`,
    /// replace the chunk, install another handler. While it runs it is detached: extension
    /// operations of a nested run do nothing.
    pub fn set_extension_handler(&mut self, handler: ExtensionHandler) {
        self.hooks.make().narrow.install(handler);
    }

    /// Installs the handler of [`Op::ExtendedWide`](crate::Op::ExtendedWide), in place of an
    /// earlier one. Ids of the AWK range never reach it.
    pub fn set_extension_wide_handler(&mut self, handler: ExtensionWideHandler) {
        self.hooks.make().wide.install(handler);
    }

    /// Has native code ask `extension` [what extension operations do](JitExtension::lower), in place of an
    /// earlier one. They still need their handler, which the interpreter calls.
    ///
    /// Native code is shared by all machines that run a chunk: those that have the same extension, the same
    /// `Arc`, share what was made by it.
    pub fn set_jit_extension(&mut self, extension: Arc<dyn JitExtension>) {
        self.writes += 1;
        self.hooks.make().extension = Some(extension);
    }

    /// Who says what extension operations do, if they do anything at the moment.
    #[cfg(feature = "jit")]
    pub(crate) fn jit_extension(&self, is_wide: bool) -> Option<&Arc<dyn JitExtension>> {
        let hooks = self.hooks.get()?;
        let is_handled = match is_wide {
            false => hooks.narrow.handler.is_some(),
            true => hooks.wide.handler.is_some(),
        };
        hooks.extension.as_ref().filter(|_| is_handled)
    }

    /// Whether what native code was told of extension operations holds in this machine.
    #[cfg(feature = "jit")]
    pub(crate) fn has_extensions(&self, unit: &Unit) -> bool {
        let said = unit.extensions.iter().zip([false, true]);
        said.filter_map(|(said, is_wide)| Some((said.as_ref()?, is_wide)))
            .all(|(said, is_wide)| said.is_by(self.jit_extension(is_wide)))
    }

    /// Makes `handler` the builtin `id`, in place of an earlier one.
    pub fn register_builtin(&mut self, id: u16, handler: BuiltinHandler) {
        let id = usize::from(id);
        let builtins = &mut self.hooks.make().builtins;
        if builtins.len() <= id {
            builtins.resize(id + 1, None);
        }
        builtins[id] = Some(handler);
    }

    /// Makes `handler` the builtin `name`, in place of an earlier one. A program reaches it with
    /// [`Op::Call`](crate::Op::Call), unless its chunk has a function of that name.
    ///
    /// ```
    /// use fusevm::{ChunkBuilder, Op, VM, VMResult, Value};
    ///
    /// let mut builder = ChunkBuilder::new();
    /// let double = builder.add_name("double");
    /// builder.emit(Op::LoadInt(21), 1);
    /// builder.emit(Op::Call(double, 1), 1);
    ///
    /// let mut vm = VM::new(builder.build());
    /// vm.register_named_builtin("double", |vm, _argc| Value::Int(vm.pop().to_int() * 2));
    /// assert!(matches!(vm.run(), VMResult::Ok(value) if value == Value::Int(42)));
    /// ```
    pub fn register_named_builtin(&mut self, name: &str, handler: BuiltinHandler) {
        self.register(name, handler, None);
    }

    /// Makes `handler`, which computes `math` if that is known, the builtin `name`.
    pub(super) fn register(&mut self, name: &str, handler: BuiltinHandler, math: Option<Math>) {
        self.writes += 1;
        let hooks = self.hooks.make();
        hooks.named.insert(name.into(), Named { handler, math });
        hooks.resolved.clear();
    }

    /// What the builtin that a name of the chunk stands for computes, if that is known.
    #[cfg(feature = "jit")]
    pub(crate) fn math(&self, name: u16) -> Option<Math> {
        let hooks = self.hooks.get()?;
        if let Some(Some(named)) = hooks.resolved.get(usize::from(name)) {
            return named.math;
        }
        let text = self.chunk.names.get(usize::from(name))?;
        hooks.named.get(text.as_str())?.math
    }

    /// Calls the builtin `id` with `args`. `None` when none is registered, or for more than 255
    /// arguments.
    pub fn call_builtin(&mut self, id: u16, args: &[Value]) -> Option<Value> {
        let handler = self.builtin(id)?;
        self.call_handler(handler, args)
    }

    /// Calls the builtin `name` with `args`. `None` when none is registered, or for more than 255
    /// arguments.
    pub fn call_named_builtin(&mut self, name: &str, args: &[Value]) -> Option<Value> {
        let handler = self.named_builtin(name)?;
        self.call_handler(handler, args)
    }

    fn call_handler(&mut self, handler: BuiltinHandler, args: &[Value]) -> Option<Value> {
        let argc = u8::try_from(args.len()).ok()?;
        let height = self.stack.len();
        for arg in args {
            self.push(arg.clone());
        }
        let result = handler(self, argc);
        self.stack.truncate(height);
        self.lower_floors();
        Some(result)
    }

    pub(crate) fn builtin(&self, id: u16) -> Option<BuiltinHandler> {
        let builtins = &self.hooks.get()?.builtins;
        builtins.get(usize::from(id)).copied().flatten()
    }

    fn named_builtin(&self, name: &str) -> Option<BuiltinHandler> {
        Some(self.hooks.get()?.named.get(name)?.handler)
    }

    /// Runs an extension operation; without a handler it does nothing.
    pub(crate) fn extended(&mut self, id: u16, operand: u8) {
        if let Some(mut guard) = Reattach::detach(self, |hooks| &mut hooks.narrow) {
            let Reattach { vm, handler, .. } = &mut guard;
            if let Some(handler) = handler {
                handler(vm, id, operand);
            }
        }
    }

    /// As [`extended`](Self::extended), for the wide form.
    pub(crate) fn extended_wide(&mut self, id: u16, payload: usize) {
        if let Some(mut guard) = Reattach::detach(self, |hooks| &mut hooks.wide) {
            let Reattach { vm, handler, .. } = &mut guard;
            if let Some(handler) = handler {
                handler(vm, id, payload);
            }
        }
    }

    /// Calls the builtin that a program means by a name which is no function of its chunk.
    pub(crate) fn call_by_name(&mut self, name: u16, argc: u8) -> Result<(), Fault> {
        let hooks = self.hooks.get();
        let known = hooks.and_then(|hooks| *hooks.resolved.get(usize::from(name))?);
        let handler = match known {
            Some(named) => named.handler,
            None => self.resolve(name)?,
        };
        let result = handler(self, argc);
        self.push(result);
        Ok(())
    }

    /// Looks up a builtin by name, and remembers it for the present chunk.
    #[cold]
    fn resolve(&mut self, name: u16) -> Result<BuiltinHandler, Fault> {
        let names = &self.chunk.names;
        let text = names.get(usize::from(name)).map_or("?", String::as_str);
        let Some((hooks, named)) = self.hooks.get_mut().and_then(|hooks| {
            let named = *hooks.named.get(text)?;
            Some((hooks, named))
        }) else {
            return Err(Fault::UndefinedFunction(text.into()));
        };
        if hooks.resolved.len() < names.len() {
            hooks.resolved.resize(names.len(), None);
        }
        if let Some(place) = hooks.resolved.get_mut(usize::from(name)) {
            *place = Some(named);
        }
        Ok(named.handler)
    }

    /// Forgets which builtins the names of the chunk mean, when another one takes its place.
    pub(super) fn forget_names(&mut self) {
        if let Some(hooks) = self.hooks.get_mut() {
            hooks.resolved.clear();
        }
    }

    /// Calls the builtin that the top value names, which is no function of the chunk.
    pub(crate) fn call_value(&mut self, argc: u8) -> Result<(), Fault> {
        let function = self.pop();
        let handler = match &function {
            Value::Str(name) => self.named_builtin(name.as_str()),
            Value::NativeFn(id) => self.builtin(*id),
            _ => None,
        };
        let Some(handler) = handler else {
            return Err(self.not_a_function(&function));
        };
        let result = handler(self, argc);
        self.push(result);
        Ok(())
    }

    #[cold]
    fn not_a_function(&self, value: &Value) -> Fault {
        /// A longer text is cut.
        const MAX_SHOWN: usize = 40;

        let mut nearest = None;
        let found = match value {
            Value::Int(entry) => entry.to_string(),
            Value::NativeFn(id) => format!("builtin {id}"),
            Value::Str(name) => {
                let subs = self.chunk.sub_entries.iter();
                let subs = subs.filter_map(|&(name, _)| self.chunk.names.get(usize::from(name)));
                // In an order, so that the answer does not depend on that of the map.
                let named = self
                    .hooks
                    .get()
                    .into_iter()
                    .flat_map(|hooks| hooks.named.keys());
                let mut builtins: Vec<&str> = named.map(|name| &**name).collect();
                builtins.sort_unstable();
                let names = subs.map(String::as_str).chain(builtins);
                nearest = suggest(name, names).map(Into::into);
                match name.char_indices().nth(MAX_SHOWN) {
                    Some((end, _)) => format!("{:?}...", &name[..end]),
                    None => format!("{:?}", name.as_str()),
                }
            }
            other => other.kind().name().to_owned(),
        };
        Fault::NotAFunction {
            found: found.into(),
            nearest,
        }
    }
}
