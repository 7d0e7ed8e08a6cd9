//! Folds every region's hall day on to the journal's head once the server runs, so that the first reader after a restart or an import
//! does not wait for it.

use std::time::Duration;

use crate::app::{App, blocking};

/// How long a reader may have to wait for us.
const STEP: Duration = Duration::from_millis(50);

/// Folds beside everything else until nothing is left or the server stops.
pub(crate) fn catch_up(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        let stopping = app.stopping();
        for row in app.region_rows() {
            loop {
                let (folding, id) = (app.clone(), row.id);
                match blocking(move || Ok(folding.fold_hall(id, STEP)?)).await {
                    Ok(0) => break,
                    Ok(_) if *stopping.borrow() => return,
                    Ok(_) => {}
                    Err(error) => {
                        // Whoever reads folds on, and is told what is wrong.
                        tracing::warn!(region = row.code, ?error, "the hall's day could not be folded on");
                        break;
                    }
                }
            }
        }
    });
}
