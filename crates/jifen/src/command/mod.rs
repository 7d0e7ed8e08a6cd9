//! The command line: every subcommand and its options on one screen.

mod account;
mod audit;
mod backup;
mod check;
mod db;
mod entries;
mod explain;
mod export;
mod import;
mod init;
mod key;
mod leaderboard;
mod migrate;
mod open;
mod person;
mod print;
mod replay;
mod rules;
mod serve;
mod settle;
mod template;
mod value;
mod whatif;

use clap::{Parser, Subcommand};

use crate::{failure::Failure, log::LogOptions};

/// 积分：事件进，账目清。 Events in, an exact and explained ledger of points out.
#[derive(Parser)]
#[command(name = "jifen", version, about, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "退出码 / exit codes: 0 ok, 1 differs, 2 usage, 3 bad input, 4 storage";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// 表格模板 / writes the workbook to fill in (docs/spreadsheet.md)
    Template(template::Options),
    /// 建立区划 / sets a region up from a directory or a workbook (docs/init.md)
    Init(init::Options),
    /// 导入日志 / imports logs under a mapping, or lines of CloudEvents (docs/mapping.md)
    Import(import::Options),
    /// 库结构 / makes or upgrades the schema of a PostgreSQL database, as its owner
    Migrate(migrate::Options),
    /// 数据库 / what the owner of a database does to it beyond its schema
    #[command(subcommand)]
    Db(db::What),
    /// 启动服务 / serves the API and the web app
    Serve(serve::Options),
    /// 积分榜 / prints a leaderboard
    Leaderboard(leaderboard::Options),
    /// 结算结果 / what a period's points lead to: grades, titles, proposals, payouts
    Settle(settle::Options),
    /// 流水 / prints entries of the ledger, newest first
    Entries(entries::Options),
    /// 为什么得这个分 / explains one entry
    Explain(explain::Options),
    /// 导出 / exports
    #[command(subcommand)]
    Export(export::What),
    /// 重放核对 / applies the journal again and compares; 0 only when identical
    Replay(replay::Options),
    /// 备份 / copies the database to a new file, also while it is served, and verifies the copy
    Backup(backup::Backup),
    /// 恢复 / puts a backup where no database is yet, and verifies it
    Restore(backup::Restore),
    /// 演练 / restores the newest backup beside, verifies it, reports and deletes it again
    Drill(backup::Drill),
    /// 迁移 / moves a hall to another database, file or server, while no server runs on it, and verifies it
    Copy(backup::Copy),
    /// 规则 / rule files
    #[command(subcommand)]
    Rules(rules::What),
    /// 试算 / tries a draft of a rule set on days that have been (docs/whatif.md)
    Whatif(whatif::Options),
    /// 密钥 / bearer keys
    #[command(subcommand)]
    Key(key::What),
    /// 账号 / accounts of people
    #[command(subcommand)]
    Account(account::What),
    /// 个人信息 / what is kept of a person (docs/privacy.md)
    #[command(subcommand)]
    Person(person::What),
    /// 核对审计链 / follows the chain of the audit trail; exit code 1 where it is broken
    Audit(audit::Options),
    /// Documents made from the program, for `cargo xtask gen`
    #[command(hide = true)]
    Print(print::Options),
}

impl Command {
    /// Where its log goes, for those that may write it to a file.
    pub(crate) fn log(&self) -> Option<&LogOptions> {
        if let Self::Serve(options) = self { Some(&options.log) } else { None }
    }
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Template(options) => template::run(&options),
        Command::Init(options) => init::run(&options),
        Command::Import(options) => import::run(&options),
        Command::Migrate(options) => migrate::run(&options),
        Command::Db(what) => db::run(&what),
        Command::Serve(options) => serve::run(&options),
        Command::Leaderboard(options) => leaderboard::run(&options),
        Command::Settle(options) => settle::run(&options),
        Command::Entries(options) => entries::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Export(what) => export::run(&what),
        Command::Replay(options) => replay::run(&options),
        Command::Backup(options) => backup::back_up(&options),
        Command::Restore(options) => backup::restore(&options),
        Command::Drill(options) => backup::drill(&options),
        Command::Copy(options) => backup::copy(&options),
        Command::Rules(what) => rules::run(&what),
        Command::Whatif(options) => whatif::run(&options),
        Command::Key(what) => key::run(&what),
        Command::Account(what) => account::run(&what),
        Command::Person(what) => person::run(&what),
        Command::Audit(options) => audit::run(&options),
        Command::Print(options) => print::run(&options),
    }
}
