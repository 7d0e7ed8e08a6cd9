//! How long results are public and can be appealed against, in words.

use crate::rule::settlement::{AppealFrom, Publicity};

use super::settlement::Words;

impl Words<'_> {
    pub(super) fn publicity(&self, publicity: &Publicity) -> String {
        let of = self.rules(&publicity.of);
        let published = publicity.within.map(|days| {
            self.choose(
                format!("期满后 {days} 个工作日内公布"),
                format!("published within {days} working days of the period's end"),
            )
        });
        let public = publicity.days.map(|days| {
            self.choose(
                format!("公示 {days} 个工作日（含首日）"),
                format!("public for {days} working days, the first one counted"),
            )
        });
        let appeal = publicity.appeal.map(|appeal| {
            let (from, from_en) = match appeal.from {
                AppealFrom::Start => ("公示首日起", "from the first public day on"),
                AppealFrom::End => ("公示期满后", "after the last public day"),
            };
            let days = appeal.days;
            let asked = self.choose(
                format!("{from} {days} 个工作日内可以申诉"),
                format!("appealed against within {days} working days {from_en}"),
            );
            let answered = appeal.answer.map(|days| {
                self.choose(
                    format!("申诉期满后 {days} 个工作日内答复"),
                    format!("answered within {days} working days after that"),
                )
            });
            self.semicolons(vec![asked, answered.unwrap_or_default()])
        });
        let clocks = [published, public, appeal].into_iter().flatten().collect();
        let clocks = self.semicolons(clocks);
        self.choose(format!("{of}{clocks}"), format!("{of}: {clocks}"))
    }
}
