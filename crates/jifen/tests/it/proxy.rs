//! A proxy within the test between a server and its database, which cuts connections wherever it is told to, also within a packet.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread,
};

/// Where a connection is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Now,
    /// After so many more bytes have reached the database: within a statement, or after the last one before its answer.
    ToDatabase(i64),
    /// After so many more bytes have come back from it: within an answer.
    FromDatabase(i64),
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    links: Links,
    /// Whether nobody is let through to begin with.
    is_shut: Arc<AtomicBool>,
}

type Links = Arc<Mutex<Vec<Arc<Link>>>>;

struct Link {
    client: TcpStream,
    database: TcpStream,
    /// Bytes that are still let through, each way.
    to_database: AtomicI64,
    from_database: AtomicI64,
}

impl Link {
    fn end(&self) {
        self.client.shutdown(Shutdown::Both).ok();
        self.database.shutdown(Shutdown::Both).ok();
    }

    /// Until one side ends, or what is let through is used up.
    fn pump(&self, mut from: &TcpStream, mut to: &TcpStream, left: &AtomicI64) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let before = left.fetch_sub(count as i64, Ordering::Relaxed);
            let let_through = before.clamp(0, count as i64) as usize;
            if to.write_all(&bytes[..let_through]).is_err() || let_through < count {
                break;
            }
        }
        self.end();
    }
}

impl Proxy {
    /// Before the port of a database on this machine.
    pub(crate) fn before(port: u16) -> Self {
        Self::at("127.0.0.1", port)
    }

    /// The same, to be reached by another address of this machine.
    pub(crate) fn at(address: &str, port: u16) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a port");
        let address = listener.local_addr().expect("address");
        let links = Links::default();
        let kept = links.clone();
        let is_shut = Arc::<AtomicBool>::default();
        let shut = is_shut.clone();
        // It ends with the process.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shut.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(database) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                client.set_nodelay(true).ok();
                database.set_nodelay(true).ok();
                let (to_database, from_database) = (AtomicI64::new(i64::MAX), AtomicI64::new(i64::MAX));
                let link = Arc::new(Link { client, database, to_database, from_database });
                kept.lock().expect("no panic").push(link.clone());
                let other = link.clone();
                thread::spawn(move || link.pump(&link.client, &link.database, &link.to_database));
                thread::spawn(move || other.pump(&other.database, &other.client, &other.from_database));
            }
        });
        Self { port: address.port(), links, is_shut }
    }

    /// Cuts every connection there is, and those to come until it is opened again: the database is away.
    pub(crate) fn shut(&self) {
        self.is_shut.store(true, Ordering::Relaxed);
        self.cut(Cut::Now);
    }

    pub(crate) fn open(&self) {
        self.is_shut.store(false, Ordering::Relaxed);
    }

    /// Cuts every connection there is now.
    pub(crate) fn cut(&self, cut: Cut) {
        let links = std::mem::take(&mut *self.links.lock().expect("no panic"));
        for link in links {
            match cut {
                Cut::Now => link.end(),
                Cut::ToDatabase(bytes) => link.to_database.store(bytes, Ordering::Relaxed),
                Cut::FromDatabase(bytes) => link.from_database.store(bytes, Ordering::Relaxed),
            }
        }
    }
}
