"""Store incentive: ten parameters a store, five amounts a worker. Each file says the rules of the plan in its own way.

What a worker gets, in cents; rates and factors are counted in ten-thousandths, hours in hundredths, `/` rounds half up:

    base        (min(sales, target) * rate + max(sales - target, 0) * accelerator) / 10,000
    commission  base * (the factor of the grade) / 10,000
    incentive   commission * (the factor of the score) / 10,000, at least the floor, then at most the cap
    attendance  the presence bonus from 22 days on
    top_up      what is missing from incentive and attendance to hours * minimum_wage / 100
    gross       incentive + attendance + top_up
"""
