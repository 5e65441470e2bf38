namespace MolSampling.Molecular.Topologies;

/// <summary>Symbols and atomic numbers.</summary>
public static class ChemicalElement
{
    private static readonly string[] s_symbols =
    [
        "", "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Sc", "Ti", "V",
            "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn",
        "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te",
            "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr",
        "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl",
            "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra",
        "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds",
            "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og",
    ];

    private static readonly Dictionary<string, int> s_numbers = Numbers();

    /// <summary>The atomic number, 0 if there is no such element. Upper and lower case are alike; D is hydrogen.</summary>
    public static int Number(string symbol) => s_numbers.GetValueOrDefault(symbol);

    /// <summary>"Cl" for 17.</summary>
    /// <param name="number">1 to 118.</param>
    public static string Symbol(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, s_symbols.Length);
        return s_symbols[number];
    }

    /// <summary>"C2H6O": carbon and hydrogen first where there is carbon, the rest by symbol (E. A. Hill, J. Am. Chem. Soc. 22 (1900)
    /// 478).</summary>
    /// <param name="numbers">[N] atomic numbers.</param>
    public static string Formula(IEnumerable<int> numbers)
    {
        (string Symbol, int Count)[] counts = [.. numbers.GroupBy(z => z).Select(g => (Symbol(g.Key), g.Count()))];
        bool isOrganic = counts.Any(c => c.Symbol == "C");
        return string.Concat(counts.OrderBy(c => !isOrganic ? 0 : c.Symbol switch { "C" => -2, "H" => -1, _ => 0 })
            .ThenBy(c => c.Symbol, StringComparer.Ordinal).Select(c => c.Count == 1 ? c.Symbol : $"{c.Symbol}{c.Count}"));
    }

    /// <summary>Whether an element is a metal; what files state as its bonds to biomolecules are contacts.</summary>
    public static bool IsMetal(int number) =>
        number is 3 or 4 or (>= 11 and <= 13) or (>= 19 and <= 31) or (>= 37 and <= 50) or (>= 55 and <= 84) or (>= 87 and <= 116);

    private static Dictionary<string, int> Numbers()
    {
        var numbers = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["D"] = 1 };
        for (int z = 1; z < s_symbols.Length; z++)
            numbers[s_symbols[z]] = z;
        return numbers;
    }
}
