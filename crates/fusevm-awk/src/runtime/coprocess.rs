//! Coprocesses: commands that a program writes to and reads from, and connections to other
//! machines, which look the same.

use std::io::{self, BufWriter, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Child;

use fusevm::VM;

use super::reader::Reader;
use super::streams::{End, allow_files, reason, shown, wait};

/// What a program talks to.
pub(super) struct Coprocess {
    peer: Peer,
    writer: Option<BufWriter<Box<dyn Write + Send>>>,
    reader: Option<Reader>,
}

enum Peer {
    Process(Child),
    Connection(TcpStream),
}

impl Coprocess {
    /// A command that was started with both of its ends open.
    pub(super) fn new(mut child: Child) -> Self {
        let input = child.stdin.take();
        let output = child.stdout.take();
        Coprocess {
            writer: input.map(|input| BufWriter::new(Box::new(input) as Box<dyn Write + Send>)),
            reader: output.map(|output| Reader::new(Box::new(output))),
            peer: Peer::Process(child),
        }
    }

    /// Connects to what a name like `/inet/tcp/0/host/port` says; `None` for other names. With a
    /// port of our own, and no other one, it waits for somebody to connect.
    pub(super) fn connect(vm: &VM, name: &[u8]) -> Option<Result<Self, String>> {
        let text = str::from_utf8(name).ok()?;
        let mut parts = text.split('/').skip(1);
        let family = parts.next()?;
        if !matches!(family, "inet" | "inet4" | "inet6") {
            return None;
        }
        let parts: Vec<&str> = parts.collect();
        let [protocol, own, host, port] = parts[..] else {
            return Some(Err(format!("{} is no name of a connection", shown(name))));
        };
        if protocol != "tcp" {
            return Some(Err(format!("{}: only `tcp` is possible", shown(name))));
        }
        if let Err(denied) = allow_files(vm) {
            return Some(Err(denied));
        }
        let stream = if port == "0" {
            TcpListener::bind((
                if family == "inet6" { "::" } else { "0.0.0.0" },
                number(own),
            ))
            .and_then(|listener| Ok(listener.accept()?.0))
        } else {
            TcpStream::connect((host, number(port)))
        };
        let connected = stream.and_then(|stream| {
            Ok(Coprocess {
                writer: Some(BufWriter::new(Box::new(stream.try_clone()?))),
                reader: Some(Reader::new(Box::new(stream.try_clone()?))),
                peer: Peer::Connection(stream),
            })
        });
        let cannot = |error| format!("cannot open {}: {}", shown(name), reason(&error));
        Some(connected.map_err(cannot))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.writer {
            Some(writer) => writer.write_all(bytes),
            None => Err(io::Error::other("this end is closed")),
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }

    pub(super) fn reader(&mut self) -> Option<&mut Reader> {
        self.reader.as_mut()
    }

    /// Closes one end.
    pub(super) fn close(&mut self, end: End) -> io::Result<()> {
        match end {
            End::From => {
                self.reader = None;
                Ok(())
            }
            End::To => {
                let flushed = self.flush();
                self.writer = None;
                if let Peer::Connection(stream) = &self.peer {
                    stream.shutdown(Shutdown::Write)?;
                }
                flushed
            }
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.writer.is_none() && self.reader.is_none()
    }

    /// Closes both ends, and waits for the command to end: its status.
    pub(super) fn finish(mut self) -> i64 {
        let flushed = self.flush();
        self.writer = None;
        self.reader = None;
        match self.peer {
            Peer::Process(child) => wait(child),
            Peer::Connection(_) => match flushed {
                Ok(()) => 0,
                Err(_) => -1,
            },
        }
    }
}

/// A port, by its number or the name of a service that everybody knows.
fn number(port: &str) -> u16 {
    match port {
        "ftp" => 21,
        "ssh" => 22,
        "smtp" => 25,
        "domain" => 53,
        "http" | "www" => 80,
        "pop3" => 110,
        "https" => 443,
        number => number.parse().unwrap_or(0),
    }
}
