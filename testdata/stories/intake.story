// Repeats change nothing; another body under a known id conflicts; what is no good event is refused.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 start A001 window 7 by ZhangWei id one as first
again
09:00 start A001 window 8 by ZhangWei id one conflicting
09:05 start A001 window 7 by ZhangWei id one via other // another source may use the id
09:10 end A001
again @first
09:20 rate A001 9 refused "level"
09:20 raw jifen.queue.counted {"service": "A001"} refused "unknown event type"
09:20 raw jifen.queue.taken {"service": "A001", "colour": "red"} refused "colour"
09:20 period all ends refused "never ends"
09:20 rules broken refused "cannot come into force"
| [[rule]]
| id = "x"
10:00 setting time_zone Mars/Olympus refused "time zone"
---
#1 +5 ZhangWei service-time — from the first start
anomaly A001 never_ended — the other source's; the first one is @first
