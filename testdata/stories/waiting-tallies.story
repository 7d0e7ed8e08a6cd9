// The ratings of an unknown actor count from the first one, once it is known.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
10:00 rate - 5 by X1
10:01 rate - 5 by X1
10:02 rate - 5 by X1
10:03 rate - 5 by X1
10:04 rate - 5 by X1
2026-11-24
01:00 period 2026-11-23 ends
09:00 person X1 window 7
---
#1 +10 X1 satisfaction for 2026-11-23 at 7/D1/H1 facts 5
