// The variant per month, posted when the month ends, with the month's last day as business date.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules satisfaction-per-month
2026-11-02
10:00 rate - 5 by ZhangWei
10:00 rate - 5 by ZhangWei
2026-11-30
23:59 rate - 5 by ZhangWei
23:59 rate - 5 by ZhangWei
23:59:59.999 rate - 5 by ZhangWei
2026-12-01
00:00 rate - 1 by ZhangWei
01:00 period 2026-11-30 ends // a day is no month
02:00 period 2026-11 ends
---
#1 +10 ZhangWei satisfaction for 2026-11 on 2026-11-30 booked 2026-11 facts 5
