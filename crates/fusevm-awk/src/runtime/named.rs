//! Streams by their names. A file and a command may have the same.

use std::collections::HashMap;

type ByName<T> = HashMap<Vec<u8>, T>;

/// Streams of one direction.
pub(crate) struct Named<T> {
    files: ByName<T>,
    commands: ByName<T>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named {
            files: HashMap::new(),
            commands: HashMap::new(),
        }
    }
}

impl<T> Named<T> {
    /// The commands, or the files.
    pub(crate) fn of_kind(&mut self, is_command: bool) -> &mut ByName<T> {
        if is_command {
            &mut self.commands
        } else {
            &mut self.files
        }
    }

    /// What has that name.
    pub(crate) fn all(&mut self, name: &[u8]) -> impl Iterator<Item = &mut T> {
        let both = [self.files.get_mut(name), self.commands.get_mut(name)];
        both.into_iter().flatten()
    }

    /// Takes what has that name.
    pub(crate) fn remove(&mut self, name: &[u8]) -> impl Iterator<Item = T> + use<T> {
        let both = [self.files.remove(name), self.commands.remove(name)];
        both.into_iter().flatten()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&Vec<u8>, &mut T)> {
        self.files.iter_mut().chain(&mut self.commands)
    }

    /// Takes everything.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        let all = self.files.drain().chain(self.commands.drain());
        all.map(|(_, stream)| stream)
    }
}
