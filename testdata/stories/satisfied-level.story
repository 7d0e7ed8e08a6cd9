// Which level counts as satisfied is a setting of the region.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
setting satisfied_level 4
2026-11-23
10:00 rate - 5 by ZhangWei
10:01 rate - 5 by ZhangWei
10:02 rate - 5 by ZhangWei
10:03 rate - 4 by ZhangWei
10:04 rate - 3 by ZhangWei
---
provisional -5 ZhangWei satisfaction for 2026-11-23 — 80 %
