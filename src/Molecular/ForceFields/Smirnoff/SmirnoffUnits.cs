namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>The power in which each kind of unit stands in a quantity: 1, 0, 0, 0, 0 is a length.</summary>
/// <param name="Length">Of nm.</param>
/// <param name="Energy">Of kJ.</param>
/// <param name="Amount">Of mol.</param>
/// <param name="Angle">Of rad.</param>
/// <param name="Charge">Of e.</param>
internal readonly record struct SmirnoffUnits(int Length = 0, int Energy = 0, int Amount = 0, int Angle = 0, int Charge = 0)
{
    /// <summary>nm.</summary>
    public static SmirnoffUnits OfLength { get; } = new(Length: 1);

    /// <summary>rad.</summary>
    public static SmirnoffUnits OfAngle { get; } = new(Angle: 1);

    /// <summary>e.</summary>
    public static SmirnoffUnits OfCharge { get; } = new(Charge: 1);

    /// <summary>kJ/mol.</summary>
    public static SmirnoffUnits OfEnergy { get; } = new(Energy: 1, Amount: -1);

    /// <summary>kJ/mol/nm^2.</summary>
    public static SmirnoffUnits OfBondConstant { get; } = OfEnergy with { Length = -2 };

    /// <summary>kJ/mol/rad^2.</summary>
    public static SmirnoffUnits OfAngleConstant { get; } = OfEnergy with { Angle = -2 };

    /// <summary>These and those to a power.</summary>
    public SmirnoffUnits Times(SmirnoffUnits other, int power) => new(Length + power * other.Length, Energy + power * other.Energy,
        Amount + power * other.Amount, Angle + power * other.Angle, Charge + power * other.Charge);
}
