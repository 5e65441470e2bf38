namespace MolSampling.Molecular.Chemistry;

/// <summary>
/// Bond orders and formal charges of a molecule of which only elements, bonds and the total charge are known, hydrogens included, as in an
/// Amber prmtop. Each element has a few valences, each with a formal charge and a price; what a valence leaves beyond an atom's neighbours
/// is its share in double and triple bonds. The cheapest choice whose charges add up and whose shares can be paired along bonds is taken:
/// one Kekulé structure of those that there are. Depth first, cheapest choices first, with a bound.
/// </summary>
public static class BondOrders
{
    private const int MostSteps = 2_000_000; // of the search, all prices together
    private const int HighestPrice = 160; // above the cheapest choice for every atom

    private readonly record struct Valence(int Bonds, int Charge, int Price);

    // a formal charge costs 10, an expanded octet 1, a charge where it is seldom more
    private static readonly Dictionary<int, Valence[]> s_valences = new()
    {
        [1] = [new(1, 0, 0)],
        [5] = [new(3, 0, 0), new(4, -1, 10)],
        [6] = [new(4, 0, 0), new(3, -1, 14)],
        [7] = [new(3, 0, 0), new(4, 1, 10), new(2, -1, 11)],
        [8] = [new(2, 0, 0), new(1, -1, 10), new(3, 1, 15)],
        [9] = [new(1, 0, 0)],
        [14] = [new(4, 0, 0)],
        [15] = [new(3, 0, 0), new(5, 0, 1), new(4, 1, 12)],
        [16] = [new(2, 0, 0), new(4, 0, 1), new(6, 0, 2), new(1, -1, 10), new(3, 1, 12)],
        [17] = [new(1, 0, 0), new(7, 0, 3)],
        [35] = [new(1, 0, 0)],
        [53] = [new(1, 0, 0)],
    };

    /// <summary>Finds them.</summary>
    /// <param name="elements">[N] atomic numbers.</param>
    /// <param name="bonds">Each once.</param>
    /// <param name="charge">Of the molecule, e.</param>
    /// <returns>[bonds] 1, 2 or 3 and [N] formal charges; null where no choice fits.</returns>
    public static (int[] Orders, int[] Charges)? Find(IReadOnlyList<int> elements, IReadOnlyList<(int I, int J)> bonds, int charge)
    {
        int n = elements.Count;
        var partners = new List<(int Atom, int Bond)>[n];
        for (int i = 0; i < n; i++)
            partners[i] = [];
        for (int b = 0; b < bonds.Count; b++)
        {
            partners[bonds[b].I].Add((bonds[b].J, b));
            partners[bonds[b].J].Add((bonds[b].I, b));
        }
        Valence[][] choices = new Valence[n][];
        for (int i = 0; i < n; i++)
            if (!s_valences.TryGetValue(elements[i], out Valence[]? all)
                || (choices[i] = [.. all.Where(v => v.Bonds >= partners[i].Count
                    && (v.Bonds, elements[i], partners[i].Count) is not (3, 6, > 1)).OrderBy(v => v.Price)]).Length == 0)
                return null; // of carbon, only that of an isonitrile or a carbide has three bonds
        var search = new Search(partners, choices, bonds.Count, charge);
        int least = choices.Sum(c => c[0].Price);
        for (int price = least; price <= least + HighestPrice && search.Steps < MostSteps; price++)
            if (search.Run(price) is { } found)
                return found;
        return null;
    }

    private sealed class Search(List<(int Atom, int Bond)>[] partners, Valence[][] choices, int bonds, int charge)
    {
        private readonly int[] _chosen = new int[choices.Length], _free = new int[choices.Length], _extra = new int[bonds];
        // those that have a choice
        private readonly int[] _open = [.. Enumerable.Range(0, choices.Length).Where(i => choices[i].Length > 1)];

        public int Steps { get; private set; }

        /// <summary>A structure of exactly this price; null if there is none.</summary>
        public (int[], int[])? Run(int price)
        {
            int fixedPrice = Enumerable.Range(0, choices.Length).Sum(i => choices[i].Length > 1 ? 0 : choices[i][0].Price),
                fixedCharge = Enumerable.Range(0, choices.Length).Sum(i => choices[i].Length > 1 ? 0 : choices[i][0].Charge);
            Array.Clear(_chosen);
            return Choose(0, price - fixedPrice, charge - fixedCharge) ? ([.. _extra.Select(e => 1 + e)], [.. _chosen.Select((c, i) =>
                choices[i][c].Charge)]) : null;
        }

        private bool Choose(int open, int price, int left)
        {
            if (++Steps > MostSteps || 10 * Math.Abs(left) > price) // no charge is cheaper
                return false;
            if (open == _open.Length)
                return price == 0 && left == 0 && CanBePaired();
            int atom = _open[open], least = 0;
            for (int rest = open + 1; rest < _open.Length; rest++)
                least += choices[_open[rest]][0].Price;
            for (int c = 0; c < choices[atom].Length; c++)
            {
                Valence valence = choices[atom][c];
                _chosen[atom] = c;
                if (valence.Price + least <= price && Choose(open + 1, price - valence.Price, left - valence.Charge))
                    return true;
            }
            _chosen[atom] = 0;
            return false;
        }

        private bool CanBePaired()
        {
            for (int i = 0; i < _free.Length; i++)
                _free[i] = choices[i][_chosen[i]].Bonds - partners[i].Count;
            Array.Clear(_extra);
            return _free.Sum() % 2 == 0 && Pair();
        }

        /// <summary>The atom with the fewest partners goes first: most have one, and nothing is tried in vain.</summary>
        private bool Pair()
        {
            int atom = -1, fewest = int.MaxValue;
            for (int i = 0; i < _free.Length; i++)
            {
                if (_free[i] == 0)
                    continue;
                int room = partners[i].Sum(p => Room(i, p));
                if (room < _free[i])
                    return false;
                int count = partners[i].Count(p => Room(i, p) > 0);
                if (count < fewest)
                    (atom, fewest) = (i, count);
            }
            if (atom < 0)
                return true;
            foreach ((int other, int bond) in partners[atom])
            {
                if (Room(atom, (other, bond)) == 0 || ++Steps > MostSteps)
                    continue;
                _extra[bond]++;
                _free[atom]--;
                _free[other]--;
                if (Pair())
                    return true;
                _extra[bond]--;
                _free[atom]++;
                _free[other]++;
            }
            return false;
        }

        private int Room(int atom, (int Atom, int Bond) partner) => Math.Min(Math.Min(_free[atom], _free[partner.Atom]), 2
            - _extra[partner.Bond]);
    }
}
