namespace MolSampling.Potentials;

/// <summary>The conditions of an ensemble: the only place where temperature meets energy.</summary>
/// <param name="Temperature">K.</param>
public readonly record struct ThermodynamicState(double Temperature)
{
    /// <summary>R T, kJ/mol.</summary>
    public double KT => Units.GasConstant * Temperature;

    /// <summary>1 / (R T), mol/kJ.</summary>
    public double Beta => 1 / KT;
}
