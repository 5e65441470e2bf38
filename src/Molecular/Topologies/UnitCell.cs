namespace MolSampling.Molecular.Topologies;

/// <summary>The periodic cell of a structure.</summary>
/// <param name="A">nm.</param>
/// <param name="B">nm.</param>
/// <param name="C">nm.</param>
/// <param name="Alpha">Degrees, between b and c.</param>
/// <param name="Beta">Degrees, between a and c.</param>
/// <param name="Gamma">Degrees, between a and b.</param>
public sealed record UnitCell(double A, double B, double C, double Alpha = 90, double Beta = 90, double Gamma = 90)
{
    /// <summary>Whether all angles are right.</summary>
    public bool IsRectangular => Alpha == 90 && Beta == 90 && Gamma == 90;
}
