// The day ends: the award is posted; a late rating is an ordinary reversal and award.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
10:00 rate - 5 by ZhangWei
10:01 rate - 5 by ZhangWei
10:02 rate - 5 by ZhangWei
10:03 rate - 5 by ZhangWei
10:04 rate - 5 by ZhangWei
2026-11-24
03:00 period 2026-11-23 ends
10:00 rate - 1 by ZhangWei
2026-11-23
10:05 rate - 2 by ZhangWei as bad // 5 of 6
10:06 rate - 3 by ZhangWei
10:07 rate - 3 by ZhangWei
10:08 rate - 3 by ZhangWei
10:09 rate - 3 by ZhangWei // 9 of 10
11:00 discard @bad
---
#1 +10 ZhangWei satisfaction for 2026-11-23 on 2026-11-23 facts 5 at 7/D1/H1
#2 -10 ZhangWei satisfaction for 2026-11-23 reverses #1
#3 -5 ZhangWei satisfaction for 2026-11-23 facts 6
#4 +5 ZhangWei satisfaction for 2026-11-23 reverses #3 — 9 of 10 is exactly 90 %
#5 +10 ZhangWei satisfaction for 2026-11-23 facts 9
held @bad discarded
