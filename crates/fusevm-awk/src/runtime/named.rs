//! Streams by their names. A file and a command may have the same.

use std::collections::HashMap;

/// A stream, and how many were opened before it.
type ByName<T> = HashMap<Vec<u8>, (u64, T)>;

/// Streams of one direction.
pub(crate) struct Named<T> {
    files: ByName<T>,
    commands: ByName<T>,
    opened: u64,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named {
            files: HashMap::new(),
            commands: HashMap::new(),
            opened: 0,
        }
    }
}

impl<T> Named<T> {
    /// The commands, or the files.
    fn of_kind(&mut self, is_command: bool) -> &mut ByName<T> {
        if is_command {
            &mut self.commands
        } else {
            &mut self.files
        }
    }

    /// The command, or the file, of that name.
    pub(crate) fn get_mut(&mut self, is_command: bool, name: &[u8]) -> Option<&mut T> {
        let found = self.of_kind(is_command).get_mut(name);
        found.map(|(_, stream)| stream)
    }

    pub(crate) fn contains(&mut self, is_command: bool, name: &[u8]) -> bool {
        self.of_kind(is_command).contains_key(name)
    }

    /// Adds what has just been opened.
    pub(crate) fn insert(&mut self, is_command: bool, name: &[u8], stream: T) {
        let opened = self.opened;
        self.opened += 1;
        self.of_kind(is_command)
            .insert(name.to_vec(), (opened, stream));
    }

    /// What has that name.
    pub(crate) fn all(&mut self, name: &[u8]) -> impl Iterator<Item = &mut T> {
        let both = [self.files.get_mut(name), self.commands.get_mut(name)];
        both.into_iter().flatten().map(|(_, stream)| stream)
    }

    /// Takes what has that name.
    pub(crate) fn remove(&mut self, name: &[u8]) -> impl Iterator<Item = T> + use<T> {
        let both = [self.files.remove(name), self.commands.remove(name)];
        both.into_iter().flatten().map(|(_, stream)| stream)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&Vec<u8>, &mut T)> {
        let all = self.files.iter_mut().chain(&mut self.commands);
        all.map(|(name, (_, stream))| (name, stream))
    }

    /// Takes everything, in the order in which it was opened.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        let all = self.files.drain().chain(self.commands.drain());
        let mut all: Vec<(u64, T)> = all.map(|(_, stream)| stream).collect();
        all.sort_unstable_by_key(|(opened, _)| *opened);
        all.into_iter().map(|(_, stream)| stream)
    }
}
