//! `jifen db`: what a database's owner does to it beyond its schema.

use jifen_store::Database;

use crate::{failure::Failure, output};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 分布 / spreads the tables over the servers of a Citus cluster by region, as their owner, while no server runs on it;
    /// `jifen migrate` then spreads those that later versions add (docs/operations.md)
    Distribute {
        /// Database as its owner reaches it, `postgres://OWNER@HOST/DATABASE`, on the cluster's coordinator
        #[arg(long)]
        db: String,
        /// Print what would be run, one transaction, and run nothing; needs no extension
        #[arg(long)]
        print: bool,
    },
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    match what {
        What::Distribute { db, print } => {
            let statements = if *print { Database::distribution(db)? } else { Database::distribute(db)? };
            if statements.is_empty() {
                return output::line("所有表都已分布 / every table is distributed already");
            }
            statements.iter().try_for_each(|statement| output::line(&format!("{statement};")))
        }
    }
}
