namespace MolSampling.Molecular;

/// <summary>The chemical elements that force fields here know, with standard atomic masses (IUPAC 2021, abridged), Da.</summary>
public static class Elements
{
    private static readonly (int Number, string Symbol, double Mass)[] s_table =
    [
        (1, "H", 1.008), (2, "He", 4.0026), (3, "Li", 6.94), (4, "Be", 9.0122), (5, "B", 10.81), (6, "C", 12.011), (7, "N", 14.007), (8, "O", 15.999),
        (9, "F", 18.998), (10, "Ne", 20.180), (11, "Na", 22.990), (12, "Mg", 24.305), (13, "Al", 26.982), (14, "Si", 28.085), (15, "P", 30.974),
        (16, "S", 32.06), (17, "Cl", 35.45), (18, "Ar", 39.95), (19, "K", 39.098), (20, "Ca", 40.078), (25, "Mn", 54.938), (26, "Fe", 55.845),
        (27, "Co", 58.933), (28, "Ni", 58.693), (29, "Cu", 63.546), (30, "Zn", 65.38), (34, "Se", 78.971), (35, "Br", 79.904), (36, "Kr", 83.798),
        (53, "I", 126.90), (54, "Xe", 131.29),
    ];

    /// <summary>The number of a symbol in any case; 0 if unknown.</summary>
    public static int Number(string symbol) => Array.Find(s_table, e => e.Symbol.Equals(symbol, StringComparison.OrdinalIgnoreCase)).Number;

    /// <summary>The symbol of a number; "X" if unknown.</summary>
    public static string Symbol(int number) => Array.Find(s_table, e => e.Number == number).Symbol ?? "X";

    /// <summary>The element of the nearest mass.</summary>
    public static int ByMass(double mass) => s_table.MinBy(e => Math.Abs(e.Mass - mass)).Number;
}
