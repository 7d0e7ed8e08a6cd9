// Data shared instead of a paper: +2 to both departments, once to one that shares with itself.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 share D1 to D2 item licence
10:00 share D1 to D1 item licence
11:00 share D3 to D2 item licence by ZhangWei for LiNa
---
#1 +2 department:D1 data-shared
#2 +2 department:D2 data-shared
#3 +2 department:D1 data-shared
#4 +2 department:D2 data-shared
#5 +2 department:D3 data-shared
