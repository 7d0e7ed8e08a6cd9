// A period award has the place its subject belongs to on the period's last day; a move that arrives late counts too.
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
01:00 period 2026-11-23 ends
08:00 person ZhangWei department D1 window 8 // a later move changes nothing
2026-11-22
08:00 person ZhangWei department D2 window 9
---
#1 +10 ZhangWei satisfaction for 2026-11-23 at 7/D1/H1
#2 -10 ZhangWei satisfaction for 2026-11-23 reverses #1 at 7/D1/H1
#3 +10 ZhangWei satisfaction for 2026-11-23 at 9/D2/H1
